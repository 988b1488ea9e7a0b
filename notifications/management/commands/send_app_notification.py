"""`manage.py send_app_notification USERNAME --title …`: sends one app notification."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fsportal.models import PortalSettings, User
from notifications.inapp.errors import InvalidParameter
from notifications.inapp.send import send_app_notification
from notifications.models import IconType, Priority, ToastType


class Command(BaseCommand):
    """Sends as the product itself: anyone who can run this may send to everybody."""

    help = "Send one in-app notification to the user USERNAME, and print its id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--title", required=True)
        parser.add_argument("--body", default="")
        parser.add_argument("--priority", help=_choices(Priority))
        parser.add_argument("--icon", help=_choices(IconType))
        parser.add_argument("--toast", help=_choices(ToastType))
        parser.add_argument("--expiry", type=int, help="seconds")
        parser.add_argument("--override-json", help="OverrideContent, as JSON")
        parser.add_argument("--actions-json", help="Actions, as JSON: an object with the list 'actions', or the list")

    def handle(self, *args: Any, **options: Any) -> None:
        if not PortalSettings.load().in_app_notifications:
            raise CommandError("In-app notifications are switched off in Settings > Customer Portal.")
        recipient = User.objects.filter(username=options["username"]).first()
        if recipient is None:
            raise CommandError(f"There is no user '{options['username']}'.")
        actions = _json(options["actions_json"], "--actions-json")
        try:
            row = send_app_notification(
                title=options["title"],
                recipient=recipient,
                body=options["body"],
                priority=_value(Priority, options["priority"]),
                icon_type=_value(IconType, options["icon"]),
                toast_type=_value(ToastType, options["toast"]),
                expiry=options["expiry"],
                override_content=_json(options["override_json"], "--override-json"),
                actions={"actions": actions} if isinstance(actions, list) else actions,
            )
        except InvalidParameter as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(row.pk))


def _choices(choices: Any) -> str:
    return ", ".join(f"{one.name.lower()} ({one.value})" for one in choices)


def _value(choices: Any, text: str | None) -> object:
    """Return the number of a choice by its name or number; anything else is left to the checks."""
    if text is None:
        return None
    named = {one.name.lower(): one.value for one in choices}
    return int(text) if text.isdecimal() else named.get(text.lower(), text)


def _json(text: str | None, option: str) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        raise CommandError(f"{option} is not valid JSON.") from None
