"""Fixtures for the export and the erasure of a person."""

import pytest

from fsportal.models import User
from tests.personal_data.life import Life, live


@pytest.fixture
def life(dispatcher: User, admin: User) -> Life:
    """Return a person with everything that can be held of one, and a neighbour."""
    return live(dispatcher, admin)
