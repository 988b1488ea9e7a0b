"""Changing many rows in short transactions, so that nobody who writes waits long: SQLite has one write lock."""

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

#: Rows per transaction. A thousand messages with their attempts take SQLite a few hundredths of a second.
CHUNK = 1_000
#: The share of the time in which others may write meanwhile. SQLite has no queue: whoever waits must meet a gap.
GAPS = 0.3


class Budget:
    """How long a job may take. It is asked between two chunks; the first chunk is always done."""

    def __init__(self, seconds: float | None = None) -> None:
        self._ends = None if seconds is None else time.monotonic() + seconds

    @property
    def is_spent(self) -> bool:
        return self._ends is not None and time.monotonic() >= self._ends


def in_chunks(
    rows: QuerySet[Any], change: Callable[[QuerySet[Any]], int], budget: Budget, *, by: str, chunk: int = CHUNK
) -> int:
    """Call `change` with parts of `rows`, in the order of the column `by`; return the sum of what it returns.

    Each part is a transaction. A run that is killed or out of time has done what it has done; the next does the rest.
    """
    done, rest = 0, rows.order_by(by)
    while True:
        began = time.monotonic()
        # Outside the transaction: finding them may take longer than changing them.
        found = list(rest.values_list("pk", by)[:chunk])
        if found:
            with transaction.atomic():
                # Asked again by `rows`: somebody may have changed one meanwhile.
                done += change(rows.filter(pk__in=[pk for pk, _value in found]).order_by())
        if len(found) < chunk or budget.is_spent:
            return done
        # What was passed is not read again, even if `change` leaves some of it.
        rest = rows.filter(**{f"{by}__gte": found[-1][1]}).order_by(by)
        time.sleep((time.monotonic() - began) * GAPS)


def delete_in_chunks(rows: QuerySet[Any], budget: Budget, *, by: str = "pk", chunk: int = CHUNK) -> int:
    """Delete `rows`, to which no other rows may refer; return how many there were."""
    _require_no_cascade(rows.model)
    # Without collecting cascades: there are none.
    return in_chunks(rows, lambda part: int(part._raw_delete(part.db)), budget, by=by, chunk=chunk)  # noqa: SLF001


def _require_no_cascade(model: type[Model]) -> None:
    related = [one for one in model._meta.get_fields() if one.auto_created and not one.concrete]
    if related:
        raise TypeError(f"Rows of other tables refer to {model.__name__}; they would be left behind.")
