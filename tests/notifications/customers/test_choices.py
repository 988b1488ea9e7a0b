"""What a contact does not want is not sent from the next delivery on, also what was queued; the log says why."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from bookings.messages import reminders
from bookings.models import Booking
from fsportal.models import MessageChoice, PortalSettings
from fsportal.models.consent import Channel
from notifications.admin.message_states import CALL, what_to_do
from notifications.customers import delivery, kinds
from notifications.customers.subscriptions import Subscription
from notifications.models import CustomerNotification, Reason, State
from notifications.models.customer_notification import CustomerNotificationQuerySet
from tests.factories import BookingFactory
from tests.portal.stage import NOW
from tests.servers import SmtpSink, TwilioServer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def booking() -> Booking:
    """Return a visit whose reminder is queued by email and by SMS, and not delivered yet."""
    made: Booking = BookingFactory()
    reminders.sweep(NOW)
    assert set(rows(made).values_list("channel", "state")) == {("email", State.QUEUED), ("sms", State.QUEUED)}
    return made


def rows(booking: Booking, event: str = "upcoming") -> CustomerNotificationQuerySet:
    return CustomerNotification.objects.regarding(booking).filter(event=event)


def ended(booking: Booking, channel: str, event: str = "upcoming") -> tuple[str, str]:
    return rows(booking, event).values_list("state", "reason").get(channel=channel)


def test_an_email_that_was_queued_before_is_not_sent_after_unsubscribing(
    smtp: SmtpSink, twilio: TwilioServer, client: Client, booking: Booking
) -> None:
    assert booking.reported_by is not None
    client.post("/" + Subscription(booking.reported_by, Channel.EMAIL).unsubscribe_link.split("/", 3)[3])
    delivery.drain()
    assert ended(booking, "email") == (State.SUPPRESSED, Reason.OPTED_OUT)
    assert ended(booking, "sms") == (State.SENT, "")
    assert (len(smtp.messages), len(twilio.messages)) == (0, 1)


def test_a_text_that_was_queued_before_is_not_sent_after_stop(
    smtp: SmtpSink, twilio: TwilioServer, booking: Booking
) -> None:
    assert booking.reported_by is not None
    booking.reported_by.opt_out("sms", how="sms")
    delivery.drain()
    assert ended(booking, "sms") == (State.SUPPRESSED, Reason.OPTED_OUT)
    assert (len(smtp.messages), len(twilio.messages)) == (1, 0)


@pytest.mark.parametrize(("channel", "other"), [("email", "sms"), ("sms", "email")])
def test_one_message_that_is_not_wanted_on_one_channel_is_left_out_there_only(
    smtp: SmtpSink, twilio: TwilioServer, booking: Booking, channel: str, other: str
) -> None:
    assert booking.reported_by is not None
    booking.reported_by.choose("upcoming", channel, is_wanted=False)
    delivery.drain()
    booking.travel()
    delivery.drain()
    assert ended(booking, channel) == (State.SUPPRESSED, Reason.NOT_WANTED)
    assert ended(booking, other) == (State.SENT, "")
    assert ended(booking, channel, "traveling") == (State.SENT, "")


def test_after_starting_again_the_next_message_comes_and_the_reminder_is_caught_up_with(
    smtp: SmtpSink, booking: Booking, clock: time_machine.Coordinates
) -> None:
    contact = booking.reported_by
    assert contact is not None
    contact.opt_out("email", how="link")
    contact.choose("upcoming", "email", is_wanted=False)
    delivery.drain()
    contact.opt_in("email", how="link")
    clock.shift(dt.timedelta(hours=1))
    reminders.sweep()
    delivery.drain()
    assert ended(booking, "email") == (State.SUPPRESSED, Reason.NOT_WANTED)
    contact.choose("upcoming", "email", is_wanted=True)
    reminders.sweep()
    delivery.drain()
    assert ended(booking, "email") == (State.SENT, "")
    assert len(smtp.messages) == 1


def test_a_word_is_only_kept_where_it_changes_something(booking: Booking) -> None:
    contact = booking.reported_by
    assert contact is not None
    contact.choose("upcoming", "sms", is_wanted=True)
    assert not MessageChoice.objects.exists()
    for _ in range(2):
        contact.choose("upcoming", "sms", is_wanted=False)
    assert not contact.wants("upcoming", "sms")
    contact.choose("upcoming", "sms", is_wanted=True)
    assert contact.wants("upcoming", "sms")
    assert MessageChoice.objects.get().is_wanted


def test_only_what_heeds_an_opt_out_and_is_switched_on_is_a_choice() -> None:
    portal_settings = PortalSettings.load()
    offered = [kind.event for kind in kinds.offered(portal_settings)]
    assert {"upcoming", "traveling", "completed", "rescheduled", "canceled"} <= set(offered)
    assert "one_time_code" not in offered
    portal_settings.send_completed, portal_settings.reminder_lead_days = False, 0
    assert not {"completed", "upcoming"} & {kind.event for kind in kinds.offered(portal_settings)}


def test_every_choice_says_what_it_is() -> None:
    for kind in kinds.offered(PortalSettings.load()):
        if kind.event in ("upcoming", "traveling", "completed", "rescheduled", "canceled"):
            assert kind.customer_label
            assert kind.customer_description


@pytest.mark.parametrize(
    "reason",
    [
        Reason.NOT_WANTED,
        Reason.UNKNOWN_ADDRESS,
        Reason.INACTIVE_USER,
        Reason.NO_PASSWORD,
        Reason.INVITATION_OVER,
    ],
)
def test_the_log_says_what_to_do_about_each_of_the_new_reasons(reason: Reason) -> None:
    assert what_to_do(reason) != str(CALL)
