"""People and the clock of tests on the board."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from bookings.models import Resource
from tests.bookings.board.stage import NOW, company_in_london, of_role, technician


@pytest.fixture
def clock(db: None) -> Iterator[time_machine.Coordinates]:
    company_in_london()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def omar() -> Resource:
    return technician("Omar Haddad")


@pytest.fixture
def grace() -> Resource:
    return technician("Grace O'Malley")


@pytest.fixture
def dora() -> Client:
    return of_role("dispatcher")
