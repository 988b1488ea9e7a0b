"""*New visit*: one page on which a visit is booked, for a known customer or a new one."""
