"""Exceptions of the booking verbs."""


class BookingError(Exception):
    """A booking cannot be changed as asked; the message is for the person who asked."""


class StaleBooking(BookingError):
    """Somebody else changed the booking since it was read."""


class NotAllowed(BookingError):
    """The booking's status does not allow this change."""
