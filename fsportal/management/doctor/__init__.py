"""`manage.py doctor`: examines an installation, and says of each part whether it is well or what to do."""
