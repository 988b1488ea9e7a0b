"""No list of the Settings area can be filtered, by however many steps, by where a technician is."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.test import RequestFactory

from bookings.admin.hide_positions import ABOUT_PLACES
from bookings.models import Booking, Position, Resource, Route

#: Who has no right to see positions has no list of them either.
OWN = {("Position", "latitude"), ("Position", "longitude"), ("Route", "line")}
STEPS = 3


def tells_a_place(field: Any) -> bool:
    if field.model in (Resource, Booking):
        return field.name in ABOUT_PLACES
    return (field.model, field.name) in {(Position, "latitude"), (Position, "longitude"), (Route, "line")}


def ways(model: type[Model], steps: int = STEPS) -> Iterator[str]:
    """Return every lookup of a model that ends at a place."""
    for field in model._meta.get_fields():
        if tells_a_place(field):
            yield field.name
        if steps > 1 and field.is_relation and isinstance(field.related_model, type):
            yield from (f"{field.name}__{rest}" for rest in ways(field.related_model, steps - 1))


@pytest.mark.django_db
def test_no_list_is_filtered_by_a_place_without_the_right() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    tried = [(listed, way) for listed in admin.site._registry.values() for way in ways(listed.model)]
    assert len(tried) > 20
    open_ones = {
        (listed.model.__name__, way) for listed, way in tried if listed.lookup_allowed(f"{way}__gt", "1", request)
    }
    assert open_ones <= OWN
