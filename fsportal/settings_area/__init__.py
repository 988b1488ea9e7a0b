"""The kit that the pages of the Settings area are built from; the pages are in each app's `admin`."""
