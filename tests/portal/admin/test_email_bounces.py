"""What staff see of email that comes back: on the contact, on the card, on Health; and what an import does to it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from bookings.models import Booking
from fsportal.conf.environment import email_config
from fsportal.conf.mail_reports import mailbox_config
from fsportal.management.doctor import mail_reports
from fsportal.models import AuditEntry, Contact
from notifications.admin.report_checks import on_email, on_texts
from notifications.customers.receipts.applying import Receipt, note_receipt
from notifications.models import AppNotification, CustomerNotification, ReportSource, State
from notifications.tasks import read_returned_mail
from tests.factories import BookingFactory, UserFactory
from tests.imap_server import ImapServer

pytestmark = pytest.mark.django_db
NAME = "admin:fsportal_contact"


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(UserFactory(username="desk", is_staff=True, groups=["dispatcher"]))
    return client


def test_staff_learn_what_to_do_and_one_button_tries_again(desk: Client) -> None:
    booking: Booking = BookingFactory()
    contact = booking.reported_by
    assert contact is not None
    page = reverse(f"{NAME}_change", args=[contact.pk])
    assert "coming back" not in desk.get(page).content.decode()
    row = CustomerNotification.objects.create(
        event="upcoming",
        channel="email",
        contact=contact,
        regarding=booking,
        state=State.SENT,
        to=contact.email,
        dedupe_key="one",
    )
    failed = Receipt(
        row.pk, "", (contact.email,), State.FAILED, "bounced", f"550 5.1.1 <{contact.email}> no <b>such</b>"
    )
    assert note_receipt(failed)
    card = AppNotification.objects.get(kind="undelivered")
    assert "Ask the contact for another address" in card.body
    words = desk.get(page).content.decode()
    assert "Email to this address has been coming back since" in words
    assert 'name="email_bounce"' not in words  # nobody writes it by hand
    assert "no &lt;b&gt;such&lt;/b&gt;" in words
    action = reverse(f"{NAME}_action", args=[contact.pk, "try-email-again"])
    assert desk.get(action).status_code == 405
    for _twice in range(2):
        desk.post(action)
    contact.refresh_from_db()
    assert (contact.email_bounced_at, contact.email_bounce) == (None, "")
    done = [entry.action for entry in AuditEntry.of(contact)]
    assert sorted(done) == ["email came back", "email is tried again"]
    assert "Try email again" not in desk.get(page).content.decode()


def test_an_undone_change_of_address_asks_the_old_address_again(contact: Contact) -> None:
    user = UserFactory(email=contact.email)
    Contact.objects.filter(pk=contact.pk).update(portal_user=user)
    contact.refresh_from_db()
    began, old = timezone.now(), contact.email
    contact.change_email("typo@example.com", by=user)
    Contact.mark_bounced("typo@example.com", "5.1.1", timezone.now())
    contact.undo_changes(of=user, since=began, by=None)
    contact.refresh_from_db()
    assert (contact.email, contact.email_bounced_at) == (old, None)


def test_health_and_doctor_tell_whether_reports_can_come(settings: Settings) -> None:
    settings.EMAIL = email_config("smtp://mail.example.com")

    def found() -> tuple[list[tuple[str, bool]], list[str]]:
        examined = [*mail_reports.webhook(), *mail_reports.returned_mail()]
        return [(check.tone, "report" in check.words) for check in on_email(timezone.now())], [
            one.level.value for one in examined
        ]

    assert found() == ([("good", False)], ["note"])
    with ImapServer() as imap:
        settings.BOUNCES = mailbox_config(imap.url)
        assert found() == ([("good", False)], ["ok"])
        read_returned_mail()
        assert found() == ([("good", True)], ["ok"])
    read_returned_mail()  # the server has gone
    assert found() == ([("failed", False)], ["wrong"])
    pytest.importorskip("anymail")
    settings.BOUNCES, settings.ANYMAIL = mailbox_config(""), {"POSTMARK_SERVER_TOKEN": "k"}
    settings.EMAIL_BACKEND, settings.SITE_URL = "anymail.backends.postmark.EmailBackend", "https://portal.example.com"
    assert found() == ([("attention", False)], ["wrong"])
    settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": "user:password"}
    assert found() == ([("good", True)], ["note"])
    ReportSource.heard("email", timezone.now())
    assert found() == ([("good", True)], ["ok"])
    assert on_texts(timezone.now()) == []
