"""Two views of one list become the one that opens with it at the same moment, for real: threads of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from fsportal.models import SavedView
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_views_that_become_the_default_at_once_one_is_it() -> None:
    user = UserFactory()
    views = [SavedView.objects.create(user=user, of_list="fsportal.contact", name=str(one)) for one in range(8)]
    gate = Barrier(len(views))

    def choose(view: SavedView) -> None:
        try:
            gate.wait(timeout=30)
            view.make_default(wanted=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(views)) as pool:
        list(pool.map(choose, views))
    assert SavedView.objects.filter(is_default=True).count() == 1
