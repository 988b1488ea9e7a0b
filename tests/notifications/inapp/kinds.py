"""Card kinds for tests: about accounts, and over when the account is gone, or after years."""

import datetime as dt
from typing import Any

from fsportal.models import Account
from notifications.inapp.staff_cards import End, StaffCardKind, Words


def card_kind(name: str, label: str = "Test", says: str = "For tests.") -> StaffCardKind:
    return StaffCardKind(name, label, says, "For years.", (End(Account, after=dt.timedelta(days=3650)),))


def says(**what: Any) -> Words:
    """Return the words of a card that are the same in every language."""
    return lambda: what
