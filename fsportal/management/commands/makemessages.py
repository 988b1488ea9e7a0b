"""`manage.py makemessages`: collects the texts that customers read; the Settings area stays in English for now."""

import fnmatch
from pathlib import PurePath
from typing import Any

from django.core.management.commands import makemessages

#: Files with texts for customers, from the project's folder; `*` also matches folders in between.
CUSTOMER_READS = (
    "templates/*.html",
    "templates/messages/*",
    "templates/notifications/*",
    "templates/portal/*",
    "bookings/confirming/by_text.py",
    "bookings/messages/*",
    "bookings/self_service/policy.py",
    "bookings/self_service/verbs.py",
    "fsportal/lib/*.py",
    "fsportal/models/consent.py",
    "notifications/customers/conversations/messages.py",
    "notifications/customers/replies/handling.py",
    "notifications/customers/rendering.py",
    "notifications/customers/views.py",
    "portal/*.py",
)
STAFF_READS = (
    "bookings/messages/examples.py",
    "bookings/messages/placeholders.py",
    "fsportal/lib/logos.py",
    "templates/admin/*",
    "templates/auth/*",
    "templates/messages/card_unopened/*",
    "templates/notifications/inapp/*",
    "templates/technician/*",
    "templates/notifications/no_such_record.html",
    "portal/invitations/staff_cards.py",
    "portal/admin/*",
    "portal/staff_invitations/*",
    "templates/messages/staff_invitation/*",
    "templates/portal/staff_invitations/*",
    "portal/message_kind.py",
    "portal/message_placeholders.py",
    *(
        f"portal/models/{name}.py"
        for name in ("invitation", "one_time_code", "redemption", "staff_invitation", "web_role")
    ),
)


def is_customer_facing(path: str | PurePath) -> bool:
    """Tell whether customers read the texts of a file; its path is relative to the project's folder."""
    name = PurePath(path).as_posix()
    staff = any(fnmatch.fnmatch(name, pattern) for pattern in STAFF_READS)
    return not staff and any(fnmatch.fnmatch(name, pattern) for pattern in CUSTOMER_READS)


class Command(makemessages.Command):
    """Django's own command, limited to files with texts for customers."""

    def find_files(self, root: str) -> list[Any]:
        files: list[Any] = super().find_files(root)
        return [found for found in files if is_customer_facing(PurePath(found.dirpath, found.file))]
