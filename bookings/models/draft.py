"""Verbs in memory: an import does them to many bookings without a transaction, and writes them together later."""

import uuid
from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import models, transaction

from bookings.models.history import BookingChange

P = ParamSpec("P")
R = TypeVar("R")
B = TypeVar("B", bound=models.Model)
D = TypeVar("D")


class Draft(Generic[B, D]):
    """Bookings (`B`) as they will be, with their history and with the verbs that were done (`D`)."""

    def __init__(self, new_key: Callable[[], uuid.UUID] = uuid.uuid4) -> None:
        self._new_key = new_key
        self._stored: dict[uuid.UUID, B] = {}
        self.made: list[B] = []
        #: Which columns of which booking change.
        self.fields: dict[uuid.UUID, set[str]] = {}
        self.changes: list[BookingChange] = []
        self.done: list[D] = []
        self.on_commit: list[Callable[[], object]] = []

    def take(self, booking: B) -> None:
        """Let the verbs of a stored booking happen here."""
        booking.draft = self  # type: ignore[attr-defined]
        self._stored[booking.pk] = copy(booking)

    def make(self, booking: B) -> None:
        booking.pk = self._new_key()
        self.take(booking)
        self.made.append(booking)

    def stored(self, booking: B) -> B:
        """Return the booking as if it had been read just now."""
        return copy(self._stored[booking.pk])

    def save(self, booking: B, fields: list[str]) -> None:
        self.fields.setdefault(booking.pk, set()).update(fields)
        self._stored[booking.pk] = copy(booking)

    def changed(self) -> list[B]:
        """Return the changed bookings that were there before."""
        made = {booking.pk for booking in self.made}
        return [self._stored[pk] for pk in self.fields if pk not in made]

    def new(self) -> list[B]:
        """Return the bookings that are new, as they are after all their verbs."""
        return [self._stored[booking.pk] for booking in self.made]


def as_verb(do: Callable[P, R]) -> Callable[P, R]:
    """Do a verb in one transaction, or in the draft that the booking belongs to."""

    @wraps(do)
    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        booking: Any = args[0]
        if booking.draft is not None:
            return do(*args, **kwargs)
        with transaction.atomic():
            return do(*args, **kwargs)

    return done
