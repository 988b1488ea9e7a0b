"""Many things happen to one record at once, for real: threads with connections of their own, on either database."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from fsportal.models import User
from notifications.inapp import staff_cards
from notifications.models import AppNotification
from tests.factories import AccountFactory
from tests.notifications.inapp.kinds import card_kind, says
from tests.notifications.inapp.test_send import READ, person
from tests.notifications.inapp.test_staff_cards import KIND

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]

AT_ONCE = 8


@pytest.fixture
def reading() -> User:
    staff_cards.register(card_kind(KIND, "Test", "For tests."))
    return person(READ)


def test_what_is_told_of_one_record_at_the_same_moment_is_one_card(reading: User) -> None:
    record, gate = AccountFactory(), Barrier(AT_ONCE)

    def tell(number: int) -> None:
        gate.wait(timeout=30)
        try:
            with transaction.atomic():
                staff_cards.tell(KIND, [reading], record, says(title=f"{number}"))
        finally:
            connection.close()

    for _time in range(5):
        AppNotification.objects.all().delete()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(tell, range(AT_ONCE)))
        assert AppNotification.objects.count() == 1
