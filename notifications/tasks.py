"""The tasks that the worker runs; each is harmless if run twice."""

from django.conf import settings
from django.utils import timezone

from fsportal.models import WorkerHeartbeat
from notifications.customers import bundles, delivery
from notifications.customers.receipts import mailbox
from notifications.inapp import ending, taking, unopened
from notifications.models import app_notification

#: Seconds; another run does the rest. What is on its way then gets some more to finish (delivery.LAST_RESULTS_WITHIN).
BUDGET = 2.0


def deliver_due() -> str:
    """Deliver what is due if no delivery process does. The result is kept, so it has a count but no address."""
    age = WorkerHeartbeat.ages().get(WorkerHeartbeat.Part.DELIVERY)
    if age is not None and abs(age) <= WorkerHeartbeat.SOON_SILENT_AFTER:
        return "left to the delivery process"
    return f"{delivery.drain(BUDGET)} messages looked at"


def unpack_bundles() -> str:
    """Put into the outbox what a process that died has left in bundles. Called every minute."""
    return f"{bundles.unpack()} bundles of messages unpacked"


def read_returned_mail() -> str:
    """Read email that came back, if there is a mailbox for it. Called every few minutes."""
    if not settings.BOUNCES.scheme:
        return "no mailbox"
    if mailbox.is_paused(timezone.now()):
        return "left alone for some minutes, as it could not be read"
    found = mailbox.read(settings.BOUNCES)
    return f"{found.looked_at} mails looked at, {found.reports} reports"


def expire_app_notifications() -> str:
    """Delete app notifications that are expired or finally dismissed."""
    return f"{app_notification.expire(timezone.now())} in-app notifications deleted"


def look_after_cards() -> str:
    """Withdraw cards whose cause is over, and mail those that nobody opened. Called every minute."""
    now = timezone.now()
    ended = ending.end_all(now)
    taking.release_left(now)
    return f"{ended} cards ended, {unopened.mail_unopened(now)} mailed to the people on call"
