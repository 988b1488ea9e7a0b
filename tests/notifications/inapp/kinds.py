"""Card kinds for tests: about accounts, and over when the account is gone, or after years."""

import datetime as dt

from fsportal.models import Account
from notifications.inapp.staff_cards import End, StaffCardKind


def card_kind(name: str, label: str = "Test", says: str = "For tests.") -> StaffCardKind:
    return StaffCardKind(name, label, says, "For years.", (End(Account, after=dt.timedelta(days=3650)),))
