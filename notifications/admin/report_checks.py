"""What the Health page says of delivery reports: whether they can come, and when the last one came."""

import datetime as dt

from django.conf import settings
from django.utils.translation import gettext as _

from fsportal.settings_area.parts import ATTENTION, FAILED, GOOD, ago
from notifications.admin.health_check import Check
from notifications.customers.receipts import provider_webhook
from notifications.models import ReportSource

#: The mailbox is opened every three minutes; one failure may be a hiccup.
SILENT_AFTER = dt.timedelta(minutes=20)


def on_email(now: dt.datetime) -> list[Check]:
    if not settings.EMAIL.described:
        return []
    webhook = [_webhook(now)] if provider_webhook.provider() else []
    mailbox = [_mailbox(now)] if settings.BOUNCES.scheme else []
    return [*webhook, *mailbox] or [_nothing()]


def on_texts(now: dt.datetime) -> list[Check]:
    if settings.SMS.scheme != "twilio":
        return []
    kind = ReportSource.Kind.TEXTS
    return [Check(str(kind.label), GOOD, _last(kind, now))]


def _webhook(now: dt.datetime) -> Check:
    kind = ReportSource.Kind.EMAIL
    if provider_webhook.is_connected():
        return Check(str(kind.label), GOOD, _last(kind, now), _enter_it() if _never_heard(kind) else "")
    words = _("Not connected: nobody here hears whether an email arrived.")
    to_do = _("Set ANYMAIL_WEBHOOK_SECRET or ANYMAIL_WEBHOOK_KEY (docs/delivery-reports.md) and start again.")
    return Check(str(kind.label), ATTENTION, words, to_do)


def _enter_it() -> str:
    return _("Enter %(address)s at the provider as the address for events (docs/delivery-reports.md).") % {
        "address": provider_webhook.address()
    }


def _mailbox(now: dt.datetime) -> Check:
    kind = ReportSource.Kind.MAILBOX
    source = ReportSource.objects.filter(kind=kind).first()
    if source is None or source.looked_at is None:
        return Check(str(kind.label), GOOD, _("Not opened yet; the worker does that every few minutes."))
    if source.problem:
        words = _("%(mailbox)s could not be read %(ago)s: %(problem)s.")
        words = words % {
            "mailbox": settings.BOUNCES.described,
            "ago": ago(source.looked_at, now),
            "problem": source.problem,
        }
        return Check(str(kind.label), FAILED, words, _("Correct BOUNCES_URL, or see whether the mail server runs."))
    words = _("%(mailbox)s was read %(ago)s.") % {
        "mailbox": settings.BOUNCES.described,
        "ago": ago(source.looked_at, now),
    }
    if now - source.looked_at > SILENT_AFTER:
        return Check(str(kind.label), ATTENTION, words, _("See whether the worker runs."))
    return Check(str(kind.label), GOOD, f"{words} {_last(kind, now)}")


def _nothing() -> Check:
    words = _("Not connected: email that comes back goes to %(sender)s, and nobody here hears of it.")
    to_do = _("Set BOUNCES_URL to that mailbox, if contacts whose email comes back are to be found here.")
    return Check(_("Email that comes back"), GOOD, words % {"sender": settings.EMAIL_FROM}, to_do)


def _last(kind: ReportSource.Kind, now: dt.datetime) -> str:
    heard_at = ReportSource.last_heard(kind)
    return (
        _("The last report came %(ago)s.") % {"ago": ago(heard_at, now)} if heard_at else _("No report has come yet.")
    )


def _never_heard(kind: ReportSource.Kind) -> bool:
    return ReportSource.last_heard(kind) is None
