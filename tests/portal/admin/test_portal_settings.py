"""The one Customer Portal settings record, and the test messages sent from its page."""

import datetime as dt
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from bookings.models import Reminder
from fsportal.conf.environment import email_config, routing_engines, sms_config
from fsportal.models import AuditEntry, PortalSettings
from notifications.customers.email_frame import Company, EmailWords, Logo, as_html
from tests.admin_cast import READ, person

LIST = "admin:fsportal_portalsettings_changelist"


def page() -> str:
    return reverse("admin:fsportal_portalsettings_change", args=[1])


def as_typed(**changes: Any) -> dict[str, Any]:
    """Return the record as the form posts it."""
    record = PortalSettings.load()
    data: dict[str, Any] = {}
    for field in PortalSettings._meta.fields:
        value = getattr(record, field.attname)
        # By identity: 0 is a value, although it equals False.
        if field.name != "id" and not any(value is nothing for nothing in (None, False)) and value != "":
            data[field.name] = "on" if value is True else str(value)
    return {**data, **changes}


def test_the_list_leads_to_the_one_record(admin: Client) -> None:
    assert admin.get(reverse(LIST))["Location"] == page()


def test_it_cannot_be_added_to_or_deleted(admin: Client) -> None:
    PortalSettings.load()
    assert admin.get(reverse("admin:fsportal_portalsettings_add")).status_code == 403
    delete = reverse("admin:fsportal_portalsettings_delete", args=[1])
    assert admin.post(delete, {"post": "yes"}).status_code == 403


def test_saving_stays_on_the_page(admin: Client) -> None:
    answer = admin.post(page(), as_typed(company_name="Acme"), follow=True)
    assert PortalSettings.load().company_name == "Acme"
    assert "The settings are saved." in answer.content.decode()


def reminder(number: int, **values: str) -> dict[str, str]:
    """Return one row of the further reminders as the form posts it."""
    typed = {"lead_days": "1", "lead_hours": "0", "channel": "", "at": "", "in_site_zone": "on", **values}
    return {f"reminders-{number}-{name}": value for name, value in typed.items()}


def test_the_offered_reminder_is_made_only_if_it_is_switched_on(admin: Client) -> None:
    rows = {"reminders-TOTAL_FORMS": "1", "reminders-INITIAL_FORMS": "0"}
    admin.post(page(), as_typed(**rows, **reminder(0)))
    assert not Reminder.objects.exists()
    admin.post(page(), as_typed(**rows, **reminder(0, is_on="on")))
    made = Reminder.objects.get()
    assert (made.is_on, made.lead, made.at, made.channel) == (True, dt.timedelta(days=1), None, "")
    # Posted without them, the others stay as they are.
    admin.post(page(), as_typed(company_name="Acme"))
    assert Reminder.objects.count() == 1
    refused = admin.post(page(), as_typed(**rows, **reminder(0, is_on="on", lead_days="0")))
    assert "Choose a lead of one hour to 60 days." in refused.content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"sms_from": "20:00", "sms_until": "08:00"}, "sms_until", "must be later"),
        ({"email_from": "08:00"}, "email_until", "Enter both times"),
        ({"foreground_colour": "#0b6e6f"}, "foreground_colour", "Try #"),
        ({"background_colour": "teal"}, "background_colour", "six digits"),
        ({"reminder_lead_days": "8"}, "reminder_lead_days", "7"),
        ({"min_lead_days": "31"}, "min_lead_days", "must be below"),
        ({"min_lead_days": "30"}, "min_lead_days", "no time lies between"),
        ({"min_lead_hours": "24"}, "min_lead_hours", "23"),
        ({"time_zone": "Europe/Bern"}, "time_zone", "There is no time zone"),
        ({"guest_list": "ann@example.com\nnot an address"}, "guest_list", "neither an email address nor a phone"),
        ({"send_messages_to": "contact"}, "fallback_contact", "Choose the contact"),
        ({"survey_url": "survey"}, "survey_url", "valid URL"),
    ],
)
def test_an_error_stands_beside_its_field_and_what_was_typed_stays(
    admin: Client, changes: dict[str, str], field: str, words: str
) -> None:
    answer = admin.post(page(), as_typed(company_name="Typed & kept", **changes))
    errors = answer.context["adminform"].form.errors
    assert list(errors) == [field]
    assert words in str(errors[field])
    assert "Typed &amp; kept" in answer.content.decode()
    assert PortalSettings.load().company_name != "Typed & kept"


def test_the_guest_list_is_kept_as_addresses_and_e164(admin: Client) -> None:
    admin.post(page(), as_typed(guest_list=" ann@example.com \n\n+44 20 7946 0018"))
    assert PortalSettings.load().guest_list == "ann@example.com\n+442079460018"


def test_a_read_only_user_sees_the_record_and_no_buttons(reader: Client) -> None:
    words = reader.get(page()).content.decode()
    assert 'name="_save"' not in words
    assert "Send me a test email" not in words
    assert reader.post(page(), as_typed(company_name="Mine")).status_code == 403
    assert reader.post(reverse("admin:test-email")).status_code == 403
    assert reader.post(reverse("admin:test-sms"), {"phone": "+442079460018"}).status_code == 403


def test_a_test_message_wants_a_post(admin: Client) -> None:
    assert admin.get(reverse("admin:test-email")).status_code == 405
    assert admin.get(reverse("admin:test-sms")).status_code == 405


def test_no_password_is_shown(admin: Client, settings: Any) -> None:
    settings.EMAIL = email_config("smtp://user:hunter2@mail.example.com:587")
    words = admin.get(page()).content.decode()
    assert "mail.example.com:587" in words
    assert "hunter2" not in words


def test_while_simulating_nothing_is_sent_and_it_says_why(admin: Client) -> None:
    for name, data in (("admin:test-email", {}), ("admin:test-sms", {"phone": "+442079460018"})):
        said = admin.post(reverse(name), data, follow=True).content.decode()
        assert "Nothing was sent: delivery is simulated." in said
    assert not AuditEntry.objects.filter(action__contains="test").exists()


def test_with_a_guest_list_only_guests_are_reached(admin: Client, settings: Any) -> None:
    settings.DELIVERY_MODE = "guest-list"
    said = admin.post(reverse("admin:test-email"), follow=True).content.decode()
    assert "not on the guest list" in said


def test_a_number_that_is_none_is_refused(admin: Client) -> None:
    said = admin.post(reverse("admin:test-sms"), {"phone": "call me"}, follow=True).content.decode()
    assert "not a phone number" in said


class Mailbox(socketserver.StreamRequestHandler):
    """Speaks just enough SMTP to take one message, or to refuse it when the server says so."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        for line in self.rfile:
            word = line.split()[0].upper()
            if word == b"RCPT" and getattr(self.server, "refuses", False):
                self.wfile.write(b"550 no such user\r\n")
            elif word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.taken.append(self._body())  # type: ignore[attr-defined]
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")

    def _body(self) -> bytes:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        return b"".join(lines)


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Any]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox)
    server.taken, server.daemon_threads = [], True  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.DELIVERY_MODE = "live"
    settings.EMAIL = email_config(f"smtp://127.0.0.1:{server.server_address[1]}")
    for name, value in settings.EMAIL.settings.items():
        setattr(settings, name, value)
    settings.EMAIL_FROM = settings.DEFAULT_FROM_EMAIL = "portal@example.com"
    yield server
    server.shutdown()
    server.server_close()


def test_a_test_email_goes_to_the_signed_in_persons_own_address(admin: Client, mailbox: Any) -> None:
    said = admin.post(reverse("admin:test-email"), follow=True).content.decode()
    assert "was taken by smtp" in said
    assert len(mailbox.taken) == 1
    assert b"ada@example.com" in mailbox.taken[0]
    assert AuditEntry.objects.get(action="test email sent").by is not None


def test_the_providers_words_are_shown_when_it_refuses(admin: Client, mailbox: Any) -> None:
    mailbox.refuses = True
    said = admin.post(reverse("admin:test-email"), follow=True).content.decode()
    assert "It was not sent." in said
    assert "no such user" in said
    assert not mailbox.taken


def test_somebody_without_an_address_is_told_so(db: None) -> None:
    user = person("blank", [*READ, "change_portalsettings"])
    user.email = ""
    user.save()
    client = Client()
    client.force_login(user)
    assert "no email address" in client.post(reverse("admin:test-email"), follow=True).content.decode()


def test_without_its_record_the_page_shows_the_defaults_and_saving_makes_it(admin: Client) -> None:
    PortalSettings.objects.all().delete()
    assert admin.get(reverse(LIST), follow=True).status_code == 200
    assert not PortalSettings.objects.exists()
    answer = admin.post(page(), as_typed(company_name="Contoso"))
    assert answer.status_code == 302
    assert PortalSettings.objects.get().company_name == "Contoso"
    assert admin.get(reverse("admin:fsportal_portalsettings_change", args=[2])).status_code == 302


def test_how_long_invitations_live_is_set_beside_their_switch(admin: Client) -> None:
    words = admin.get(page()).content.decode()
    assert 'name="invitation_days"' in words
    assert words.index('name="auto_invite"') < words.index('name="invitation_days"')
    assert "do nothing yet" not in words
    assert "not sent yet" not in words


def test_the_address_for_incoming_texts_is_shown_where_twilio_sends(admin: Client, settings: Any) -> None:
    assert "/hooks/sms/inbound/" not in admin.get(page()).content.decode()
    settings.SITE_URL = "https://portal.example.com"
    settings.SMS = sms_config("twilio://AC1:secret@+15550100000")
    words = admin.get(page()).content.decode()
    assert "https://portal.example.com/hooks/sms/inbound/" in words
    assert "secret" not in words


def test_where_arrival_times_come_from_is_shown_without_a_key(admin: Client, settings: Any) -> None:
    assert "Estimated from distance and time of day." in admin.get(page()).content.decode()
    settings.ROUTING = routing_engines("valhalla+https://me:secret@maps.example.com,tomtom://secret")
    words = admin.get(page()).content.decode()
    assert "valhalla+https://maps.example.com, tomtom://api.tomtom.com, then an estimate" in words
    assert "secret" not in words


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50"><script>1</script><path d="M0 0h9v9z"/></svg>'


def test_logos_reach_pages_emails_and_the_settings_area(admin: Client, client: Client) -> None:
    files = {"logo": ContentFile(SVG, "a.png"), "logo_dark": ContentFile(SVG.replace(b"h9", b"h8"), "b.svg")}
    assert admin.post(page(), as_typed(company_name="Acme", page_footer="4 Mill <Lane>") | files).status_code == 302
    portal_settings = PortalSettings.load()
    logo, dark = portal_settings.logo.url, portal_settings.logo_dark.url
    assert (logo.endswith(".png"), dark.endswith(".png"), logo != dark) == (True, True, True)
    assert client.get(logo)["Content-Type"] == "image/png"
    first = client.get("/").content.decode()
    assert f'<source srcset="{dark}" media="screen and (prefers-color-scheme: dark)">' in first
    assert f'<img class="masthead-logo" src="{logo}" alt="Acme">' in first
    assert f'<img src="{logo}" alt="Acme">' in admin.get("/admin/").content.decode()
    company = Company.of(portal_settings)
    assert (company.logo, company.footer) == (Logo(django_settings.SITE_URL + logo, 192, 48), "4 Mill <Lane>")
    html = as_html(EmailWords("", "", [], [], "", "", ""), company, "en")
    for said in (
        f'src="{django_settings.SITE_URL}{logo}"',
        f'src="{django_settings.SITE_URL}{dark}"',
        "4 Mill &lt;Lane&gt;",
    ):
        assert said in html

    refused = admin.post(page(), as_typed(company_name="Typed") | {"logo": ContentFile(b"<html>", "logo.png")})
    assert "This is not a PNG, JPEG, WebP or SVG picture." in refused.content.decode()
    assert 'value="Typed"' in refused.content.decode()
    admin.post(page(), as_typed(company_name="Acme") | {"logo-clear": "on"})
    assert not PortalSettings.load().logo
    assert client.get(logo).status_code == 200, "emails that were sent show it"
    assert Company.of(PortalSettings.load()).logo_dark is None


def test_a_logo_whose_file_is_gone_can_be_taken_away(admin: Client) -> None:
    admin.post(page(), as_typed(company_name="Acme") | {"logo": ContentFile(SVG, "a.png")})
    Path(PortalSettings.load().logo.path).unlink()
    assert admin.post(page(), as_typed(company_name="Acme") | {"logo-clear": "on"}).status_code == 302
    assert not PortalSettings.load().logo
