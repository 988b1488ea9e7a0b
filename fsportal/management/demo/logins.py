"""The demo's sign-ins, kept in a file for the operator only: DATA_DIR/demo-logins.json, mode 0600."""

import json
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group

from fsportal.models import BusinessUnit, User
from fsportal.settings_area import demo_marks

#: User name, first and last name, group, whether the Settings area lets them in.
PEOPLE = (
    ("admin", "Ada", "Admin", "admin", True),
    ("dispatcher", "Dina", "Dispatcher", "dispatcher", True),
    ("technician", "Omar", "Haddad", "technician", False),
    ("customer", "Siobhán", "O'Brien", "", False),
)


def path() -> Path:
    return Path(settings.DATA_DIR) / "demo-logins.json"


def read() -> dict[str, str]:
    """Return the passwords by user name, of users in this database; empty without a demo."""
    try:
        kept: dict[str, str] = json.loads(path().read_text())
    except (FileNotFoundError, ValueError):
        return {}
    there = set(User.objects.filter(username__in=kept).values_list("username", flat=True))
    return {name: password for name, password in kept.items() if name in there}


def make() -> dict[str, User]:
    """Make missing users, with random passwords that are kept; return all of them by user name."""
    passwords = read()
    users = {}
    for username, first, last, group, is_staff in PEOPLE:
        user, created = User.objects.get_or_create(
            username=username,
            defaults={
                "first_name": first,
                "last_name": last,
                "email": demo_marks.email_of(username),
                "is_staff": is_staff,
                "business_unit": BusinessUnit.objects.filter(parent=None).first(),
            },
        )
        # Only set passwords of users made here: with --force there may be a real admin.
        if created:
            passwords[username] = secrets.token_urlsafe(12)
            user.set_password(passwords[username])
            user.save(update_fields=["password"])
            user.groups.set(Group.objects.filter(name=group))
        users[username] = user
    _write(passwords)
    return users


def forget_the_gone() -> None:
    """Keep only the passwords of users who are still the demo's."""
    kept = set(demo_marks.users().values_list("username", flat=True))
    passwords = {name: password for name, password in read().items() if name in kept}
    if passwords:
        _write(passwords)
    else:
        path().unlink(missing_ok=True)


def _write(passwords: dict[str, str]) -> None:
    # Created with its mode, not changed to it afterwards: nobody can read it in between.
    descriptor = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(passwords, file, indent=2)
