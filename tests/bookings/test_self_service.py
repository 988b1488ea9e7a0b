"""What customers do by themselves: the verbs, their refusals, and what stays behind in the history."""

import pytest
from django.utils import timezone

from bookings import self_service
from bookings.free_times import FreeTime, times_to_book, times_to_move
from bookings.models import Booking
from fsportal.models import Contact, PortalSettings
from tests.factories import ContactFactory, IncidentTypeFactory, ResourceFactory


@pytest.fixture
def portal(db: None) -> PortalSettings:
    settings = PortalSettings.load()
    settings.self_scheduling = True
    settings.save()
    return settings


def test_a_customer_moves_their_visit_to_a_free_time(portal: PortalSettings, booking: Booking) -> None:
    now = timezone.now()
    contact = booking.reported_by
    assert contact is not None
    to = times_to_move(booking, now, portal=portal)[5]
    assert self_service.change_time(booking, to, contact=contact, by=None, why="School run", now=now)
    fresh = Booking.objects.get(pk=booking.pk)
    assert (fresh.start, fresh.end, fresh.resource) == (to.start, to.end, to.resource)
    change = fresh.changes.first()
    assert change is not None
    assert (change.contact, change.by, change.via, change.why) == (contact, None, "portal", "School run")


def test_a_customer_books(portal: PortalSettings) -> None:
    now = timezone.now()
    contact: Contact = ContactFactory()
    ResourceFactory()
    service = IncidentTypeFactory(is_offered=True)
    at = times_to_book(service, contact.account, now, portal=portal)[0]
    booking = self_service.book(contact, service, at, by=None, details="Mind the dog", now=now)
    assert booking.work_order.number == "P-000001"
    assert FreeTime.named(at.key, at.end - at.start) == at
    with pytest.raises(self_service.TimeTaken):
        self_service.book(contact, service, at, by=None, details="", now=now)
