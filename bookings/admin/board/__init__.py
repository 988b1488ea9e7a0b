"""The schedule board: a lane per technician, the visits of a day or a week, and the tray of work to be planned."""
