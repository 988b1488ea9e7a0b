"""Where technicians report that they are: what is taken (intake), the trackers' protocol (osmand), the addresses."""
