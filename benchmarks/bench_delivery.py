"""Email through the outbox (checked, written, noted) against as many prebuilt messages over one connection."""

import datetime as dt
import smtplib
from email.message import EmailMessage
from email.policy import SMTP

from setting import fresh_database, report, seconds  # isort: skip  (sets Django up)

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bookings.messages import reminders
from bookings.models import Booking, IncidentType, Resource, WorkOrder
from fsportal.conf.environment import email_config
from fsportal.models import Account, Contact, PortalSettings
from notifications.customers import delivery
from notifications.models import CustomerNotification, State
from tests.servers import SmtpSink

MESSAGES = 500


def bookings() -> None:
    """Make MESSAGES visits, one email each."""
    portal_settings = PortalSettings.load()
    portal_settings.communication_type = "email"
    portal_settings.save()
    service, resource = IncidentType.objects.create(name="Service"), Resource.objects.create(name="Omar")
    for number in range(MESSAGES):
        account = Account.objects.create(name=f"Account {number}", time_zone="Europe/London")
        contact = Contact.objects.create(account=account, name="A B", email=f"a{number}@example.com")
        order = WorkOrder.objects.create(
            number=f"W{number}", account=account, incident_type=service, reported_by=contact
        )
        start = timezone.now() + dt.timedelta(days=1, minutes=number)
        Booking.schedule(work_order=order, resource=resource, start=start, end=start + dt.timedelta(hours=1))
    reminders.sweep()


def bare(port: int) -> None:
    """Send as many small messages over one connection, with nothing else done."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.com", "b@example.com", "Your visit"
    mail.set_content("text\n" * 200)
    content = mail.as_bytes(policy=SMTP)
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for _number in range(MESSAGES):
            smtp.sendmail("a@example.com", ["b@example.com"], content)


def main() -> None:
    fresh_database()
    bookings()
    with SmtpSink() as sink:
        settings.DELIVERY_MODE, settings.EMAIL = "live", email_config(sink.url)
        for name, value in settings.EMAIL.settings.items():
            setattr(settings, name, value)
        ours = MESSAGES / seconds(delivery.drain)
        assert CustomerNotification.objects.filter(state=State.SENT).count() == len(sink.messages) == MESSAGES
        peer = MESSAGES / seconds(lambda: bare(sink.port))
    report(f"delivery by SMTP, one worker ({connection.vendor})", ours, "bare smtplib", peer, "messages/s")


if __name__ == "__main__":
    main()
