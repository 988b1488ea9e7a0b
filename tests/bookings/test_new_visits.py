"""Booking in one go, by several at once: real threads with a connection each."""

import datetime as dt
import uuid
from functools import partial

import pytest
from django.db import connections

from bookings import new_visits
from bookings.availability.conflicts import ConflictKind
from bookings.models import Booking, Change, IncidentType, Resource, WorkOrder
from bookings.new_visits import NewVisit, VisitMade
from fsportal.models import Account, Contact
from tests.factories import IncidentTypeFactory, ResourceFactory
from tests.portal.crowd import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]
START = dt.datetime(2036, 3, 4, 10, 0, tzinfo=dt.UTC)
ALL = Change(despite=tuple(ConflictKind.values), why="A test")


def sent(pk: uuid.UUID, kind: IncidentType, resource: Resource) -> VisitMade:
    """Book as one click of a form does, in a thread of its own."""
    try:
        account = Account(name="Hart", time_zone="Europe/London", street="5 High St")
        contact = Contact(account=account, name="Ada Hart", mobile_phone="+442079460018")
        order = WorkOrder(id=pk, account=account, incident_type=kind, reported_by=contact)
        return new_visits.book(NewVisit(order, contact, None, resource, START, START + dt.timedelta(hours=1)), ALL)
    finally:
        connections.close_all()


def test_of_clicks_at_once_one_makes_the_visit_whoever_was_chosen_and_the_others_find_it() -> None:
    pk, kind = uuid.uuid4(), IncidentTypeFactory()
    # Different technicians, so that no lock keeps them apart: the key of the work order must.
    made = at_once([partial(sent, pk, kind, resource) for resource in ResourceFactory.create_batch(6)])
    assert len({one.booking for one in made}) == 1
    assert sorted(one.is_old for one in made) == [False] + [True] * 5
    assert [model.objects.count() for model in (Booking, WorkOrder, Account, Contact)] == [1, 1, 1, 1]
