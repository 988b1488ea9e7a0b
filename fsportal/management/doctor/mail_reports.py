"""Reports on email: does the mail provider's webhook prove who calls, and can the mailbox be read?"""

import imaplib
from collections.abc import Iterator

from django.conf import settings

from fsportal.management.doctor.finding import Finding, kind, note, ok, wrong
from fsportal.management.doctor.mail import NEAR
from notifications.customers.channels.twilio import is_local
from notifications.customers.receipts import mailbox, provider_webhook
from notifications.models import ReportSource

ABOUT = "reports"


def webhook() -> Iterator[Finding]:
    """Nothing is sent: only the provider can call, and only it knows whether it was told to."""
    if not provider_webhook.provider():
        return
    if not provider_webhook.is_connected():
        yield wrong(
            ABOUT,
            "The mail provider's reports are not taken, as nothing proves that they come from it.",
            "Write ANYMAIL_WEBHOOK_SECRET or ANYMAIL_WEBHOOK_KEY (docs/delivery-reports.md).",
        )
        return
    try:
        provider_webhook.anymail_view()
    except Exception as error:  # noqa: BLE001  (what a provider's view misses differs)
        yield wrong(ABOUT, f"The webhook cannot be made ({kind(error)}).", "What does anymail ask for this provider?")
        return
    if is_local(settings.SITE_URL):
        yield wrong(ABOUT, "The mail provider cannot reach a local SITE_URL.", "Write SITE_URL=https://…")
        return
    heard_at = ReportSource.last_heard(ReportSource.Kind.EMAIL)
    if heard_at is None:
        yield note(ABOUT, "No report has come yet.", f"Is {provider_webhook.address()} entered at the provider?")
    else:
        yield ok(ABOUT, f"The last report of the mail provider came on {heard_at:%Y-%m-%d %H:%M} UTC.")


def returned_mail() -> Iterator[Finding]:
    """Sign in and open the folder; nothing is read."""
    config = settings.BOUNCES
    if not config.scheme:
        if settings.EMAIL.described and not provider_webhook.provider():
            yield note(ABOUT, "Email that comes back is not read.", "Write BOUNCES_URL, if there is a mailbox for it.")
        return
    try:
        with mailbox.connected(config):
            yield ok(ABOUT, f"{config.described} lets us in; nothing was read.")
    except mailbox.MailboxProblem as problem:
        yield wrong(ABOUT, f"{config.described}: {problem}.", "Correct BOUNCES_URL.")
    except (OSError, imaplib.IMAP4.error) as error:
        yield wrong(ABOUT, f"{config.described} cannot be reached ({kind(error)}).", "Are host and port right?")
    if not config.uses_tls and config.host not in NEAR:
        yield wrong(ABOUT, "Its password goes over the network in the clear.", "Write imaps:// or imap+tls://.")
