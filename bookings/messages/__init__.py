"""What customers are told about a booking: when each message is queued, whether it is still true, what it says."""
