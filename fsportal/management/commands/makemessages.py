"""`manage.py makemessages`: collects the words that a customer reads; the Settings area stays English for now."""

import fnmatch
from pathlib import PurePath
from typing import Any

from django.core.management.commands import makemessages

#: What a customer gets to read, below the project's folder. `*` also stands for folders in between.
CUSTOMER_READS = (
    "templates/*.html",
    "templates/messages/*",
    "templates/notifications/*",
    "templates/portal/*",
    "bookings/messages/*",
    "bookings/self_service/policy.py",
    "bookings/self_service/verbs.py",
    "fsportal/lib/*.py",
    "fsportal/models/consent.py",
    "notifications/customers/incoming.py",
    "notifications/customers/rendering.py",
    "notifications/customers/views.py",
    "portal/*.py",
)
STAFF_READS = (
    "templates/admin/*",
    "templates/notifications/inapp/*",
    "templates/technician/*",
    "templates/notifications/no_such_record.html",
    "portal/invitations/staff_cards.py",
    "portal/admin/*",
    *(f"portal/models/{name}.py" for name in ("invitation", "one_time_code", "redemption", "web_role")),
)


def is_customer_facing(path: str | PurePath) -> bool:
    """Tell whether the words of a file (relative to the project's folder) are read by customers."""
    name = PurePath(path).as_posix()
    staff = any(fnmatch.fnmatch(name, pattern) for pattern in STAFF_READS)
    return not staff and any(fnmatch.fnmatch(name, pattern) for pattern in CUSTOMER_READS)


class Command(makemessages.Command):
    """Django's own command, with its eyes on the files that customers read."""

    def find_files(self, root: str) -> list[Any]:
        files: list[Any] = super().find_files(root)
        return [found for found in files if is_customer_facing(PurePath(found.dirpath, found.file))]
