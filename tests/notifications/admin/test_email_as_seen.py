"""An email in the log, as the customer saw it."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from bookings.models import Booking
from fsportal.models import Contact
from notifications.customers import delivery
from notifications.models import CustomerNotification, EmailFrame
from tests.servers import SmtpSink

HOSTILE = "Ann <b>&\"' \ue0002\ue001 https://portal.example/ “[link]”"


def without_links(html: str) -> str:
    """Return an email without what the frame takes away: links, and what says how and where to show it."""
    return unescape(
        re.sub(r"<(style|title).*?</\1>|<meta[^>]*>|\shref=\"[^\"]*\"", "", html.replace("\r\n", "\n"), flags=re.DOTALL)
    )


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_log_shows_an_email_as_it_arrived_without_its_links(
    admin: Client, reader: Client, stranger: Client, booking: Booking, contact: Contact, smtp: SmtpSink, language: str
) -> None:
    contact.name, contact.language = HOSTILE, language
    contact.save()
    booking.travel()
    delivery.drain()
    row = CustomerNotification.objects.get(channel="email")
    [mail] = smtp.messages
    sent = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    secrets = re.findall(r'href="([^"]+)"', sent)
    assert len(secrets) == 2

    page = admin.get(reverse("admin:notifications_customernotification_change", args=[row.pk])).content.decode()
    address = reverse("admin:notifications_email", args=[row.pk])
    assert f'src="{address}"' in page
    for client, status in ((admin, 200), (reader, 200), (stranger, 302)):
        assert client.get(address).status_code == status
    light, dark = admin.get(address), admin.get(address, {"dark": "1"})
    assert light["Content-Security-Policy"].startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    shown = light.content.decode()
    assert without_links(shown).strip() == without_links(sent).strip()
    assert "href" not in shown
    assert ("@media not all {" in shown, "@media all {" in dark.content.decode()) == (True, True)

    # Neither the row nor the frame opens anything, and one frame does for all.
    kept = f"{row.words}{row.email_words}{EmailFrame.objects.get().html}"
    assert not any(secret in kept for secret in secrets)
    row.email_words = None
    row.save()
    assert admin.get(address).status_code == 404
    page = admin.get(reverse("admin:notifications_customernotification_change", args=[row.pk])).content.decode()
    assert "<iframe" not in page
    assert '<pre class="words"' in page
