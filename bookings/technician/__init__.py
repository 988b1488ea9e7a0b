"""The technician's page: the day on a phone held in one hand, also without a connection (docs/technician.md)."""
