"""Many take one card, and the worker looks twice, at the same moment: for real, on either database."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from fsportal.models import PortalSettings, User
from notifications.inapp import ending, staff_cards, taking, unopened
from notifications.models import AppNotification, CustomerNotification, Priority, UnopenedCard
from tests.factories import AccountFactory
from tests.notifications.inapp.kinds import card_kind, says
from tests.notifications.inapp.test_send import READ, person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]

KIND, AT_ONCE = "test_taken", 6


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    gate = Barrier(len(calls))

    def call(one: Callable[[], Any]) -> Any:
        gate.wait(timeout=30)
        try:
            return one()
        except taking.TakenAlready as taken:
            return taken.by
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


@pytest.fixture
def crowd() -> list[User]:
    staff_cards.register(card_kind(KIND))
    return [person(READ) for _number in range(AT_ONCE)]


def test_one_of_many_gets_the_card_and_the_others_are_told_who(crowd: list[User]) -> None:
    for _time in range(4):
        AppNotification.objects.all().delete()
        staff_cards.tell(KIND, crowd, AccountFactory(), says(title="Alarm"))
        mine = [AppNotification.objects.get(owner=user).pk for user in crowd]
        came = at_once([partial(taking.take, user, pk) for user, pk in zip(crowd, mine, strict=True)])
        (winner,) = [user for user, one in zip(crowd, came, strict=True) if one is True]
        assert came.count(winner) == AT_ONCE - 1
        assert set(AppNotification.objects.values_list("taken_by", flat=True)) == {winner.pk}


def test_two_workers_mail_a_card_once(crowd: list[User]) -> None:
    settings, _ = PortalSettings.objects.update_or_create(pk=1, defaults={"unopened_card_minutes": 15})
    settings.on_call.set(crowd[:2])
    for _time in range(4):
        CustomerNotification.objects.all().delete()
        UnopenedCard.objects.all().delete()
        staff_cards.tell(KIND, crowd, AccountFactory(), says(title="Alarm", priority=Priority.HIGH))
        later = timezone.now() + dt.timedelta(minutes=16)
        came = at_once([partial(unopened.mail_unopened, later)] * AT_ONCE)
        assert sum(came) == UnopenedCard.objects.count()
        assert CustomerNotification.objects.count() == 2 * UnopenedCard.objects.count()
        AppNotification.objects.all().delete()


def test_a_card_that_is_renewed_while_the_worker_looks_is_not_lost(crowd: list[User]) -> None:
    record = AccountFactory()
    for number in range(8):
        staff_cards.tell(KIND, crowd, record, says(title="first"))
        # It counts as over by its age, unless it has been renewed.
        AppNotification.objects.update(created_on=timezone.now() - dt.timedelta(days=9000))
        news = partial(staff_cards.tell, KIND, crowd, record, says(title=f"news {number}"))
        at_once([news, partial(ending.end_all, timezone.now())])
        assert AppNotification.objects.filter(title=f"news {number}").count() == AT_ONCE
