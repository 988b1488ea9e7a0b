"""Where technicians are: what is kept (intake), the trackers' protocol (osmand), the addresses (views)."""
