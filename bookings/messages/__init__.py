"""Messages to customers about a booking: when each is queued, whether it is still true, what it says."""
