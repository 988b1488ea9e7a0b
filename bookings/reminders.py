"""The reminder sweep: one INSERT…SELECT per chunk puts every due reminder into the outbox, once per booking."""
