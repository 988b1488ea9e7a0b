"""Cards of high priority that nobody opened in time: the people on call are told by email, once per card.

A card is a kind and a record, whoever has it under their bell. Opened means that one of them has seen, taken, snoozed
or dismissed it, or followed one of its links.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef

from fsportal.models import PortalSettings, User
from fsportal.models.consent import Channel
from notifications.customers import outbox
from notifications.inapp.ending import is_over
from notifications.models import AppNotification, Priority, UnopenedCard
from notifications.models.app_notification import AppNotificationQuerySet

EVENT = "card_unopened"
#: What has waited longer is no news: it was sent before the people on call were chosen, or while the worker was down.
NEWS_FOR = dt.timedelta(days=1)
#: Cards per run; the next run does the rest.
AT_ONCE = 50


def mail_unopened(now: dt.datetime) -> int:
    """Mail the cards that nobody opened within the time in the settings; return how many. Harmless when repeated."""
    portal_settings = PortalSettings.load()
    wait = dt.timedelta(minutes=portal_settings.unopened_card_minutes)
    if not wait or not portal_settings.in_app_notifications:
        return 0
    due = unopened(now).filter(created_on__lte=now - wait, created_on__gt=now - wait - NEWS_FOR)
    mailed = UnopenedCard.objects.filter(
        kind=OuterRef("kind"), regarding_type=OuterRef("regarding_type"), regarding_id=OuterRef("regarding_id")
    )
    cards = due.exclude(Exists(mailed)).values_list("kind", "regarding_type", "regarding_id").distinct()[:AT_ONCE]
    found = list(cards)
    people = on_call(portal_settings) if found else []
    return sum(_mail(card, people, now) for card in found) if people else 0


def unopened(now: dt.datetime) -> AppNotificationQuerySet:
    """Return the rows of staff cards of high priority whose cause holds at `now` and which nobody has opened."""
    rows = AppNotification.objects.live(now).awake(now).filter(priority=Priority.HIGH, opened_at=None, seen_at=None)
    return rows.filter(regarding_id__isnull=False).exclude(kind="").exclude(is_over(now))


def on_call(portal_settings: PortalSettings) -> list[User]:
    """Return the active users on call who have an email address."""
    return list(portal_settings.on_call.filter(is_active=True).exclude(email="").order_by("pk"))


@transaction.atomic
def _mail(card: tuple[str, int, object], people: list[User], now: dt.datetime) -> bool:
    kind, regarding_type, regarding_id = card
    about = {"kind": kind, "regarding_type_id": regarding_type, "regarding_id": regarding_id}
    # Whoever makes the row sends the mail: another worker finds it there.
    row, is_new = UnopenedCard.objects.get_or_create(**about, defaults={"mailed_at": now})
    if is_new:
        for user in people:
            outbox.queue(
                EVENT,
                contact=None,
                channels=[Channel.EMAIL],
                regarding=row,
                to=user.email,
                language=user.language_or_default,
                occasion=user.pk.hex,
            )
    return is_new


def rows_of(card: UnopenedCard, now: dt.datetime) -> AppNotificationQuerySet:
    """Return the rows of a mailed card that still want somebody, newest first."""
    return (
        unopened(now)
        .filter(kind=card.kind, regarding_type=card.regarding_type_id, regarding_id=card.regarding_id)
        .order_by("-created_on")
    )
