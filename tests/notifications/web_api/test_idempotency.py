"""Idempotency-Key: a call that is repeated does nothing twice; two at once make one row."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from fsportal.models import User
from notifications.models import AppNotification, IdempotentCall
from tests.notifications.web_api.stage import CREATE, GLOBAL, READ, SEND, Api, Reply, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(db: None) -> Api:
    return Api(person(SEND, GLOBAL))


def body(owner: User, title: str = "Hello") -> dict[str, str]:
    return {"Title": title, "Recipient": f"/systemusers({owner.pk})"}


def test_the_same_key_and_body_give_the_same_answer(api: Api) -> None:
    owner = person(READ)
    first, again = (api.post("SendAppNotification", body(owner), Idempotency_Key="k1") for _ in range(2))
    assert (first.status, again.status, again.text) == (200, 200, first.text)
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.raw
    assert AppNotification.objects.count() == 1
    assert api.post("SendAppNotification", body(owner), Idempotency_Key="k2").text != first.text
    assert AppNotification.objects.count() == 2


def test_a_created_rows_headers_come_again(api: Api) -> None:
    first, again = (api.post("appnotifications", {"title": "T"}, Idempotency_Key="k") for _ in range(2))
    assert (first.status, again.status) == (204, 204)
    assert again["OData-EntityId"] == first["OData-EntityId"]
    assert AppNotification.objects.count() == 1


def test_the_same_key_with_another_body_or_address_is_a_conflict(api: Api) -> None:
    owner = person(READ)
    api.post("SendAppNotification", body(owner), Idempotency_Key="k")
    for answer in (
        api.post("SendAppNotification", body(owner, "Other"), Idempotency_Key="k"),
        api.post("appnotifications", body(owner), Idempotency_Key="k"),
    ):
        assert (answer.status, "Idempotency-Key" in answer.error) == (409, True)
    assert AppNotification.objects.count() == 1


def test_a_key_is_its_users_own(api: Api) -> None:
    other = Api(person(SEND, GLOBAL))
    assert api.post("appnotifications", {"title": "1"}, Idempotency_Key="k").status == 204
    assert other.post("appnotifications", {"title": "2"}, Idempotency_Key="k").status == 204


def test_a_call_that_failed_may_be_made_again_with_its_key(api: Api) -> None:
    assert api.post("appnotifications", {"title": ""}, Idempotency_Key="k").status == 400
    assert not IdempotentCall.objects.exists()
    assert api.post("appnotifications", {"title": "T"}, Idempotency_Key="k").status == 204


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ä"])
def test_a_key_that_is_none_is_refused(api: Api, key: str) -> None:
    answer = api.post("appnotifications", {"title": "T"}, Idempotency_Key=key)
    assert (answer.status, "Idempotency-Key" in answer.error) == (400, True)
    assert not AppNotification.objects.exists()


def test_a_key_is_kept_for_a_day(api: Api) -> None:
    now = timezone.now()
    # The token of these tests works for a day, so it is the key that is old.
    for hours, replayed in ((23, True), (25, False)):
        with time_machine.travel(now, tick=False):
            api.post("appnotifications", {"title": "T"}, Idempotency_Key=f"k{hours}")
        IdempotentCall.objects.filter(key=f"k{hours}").update(created_at=now - dt.timedelta(hours=hours))
        again = api.post("appnotifications", {"title": "T"}, Idempotency_Key=f"k{hours}")
        assert ("Idempotency-Replayed" in again.raw) is replayed
    assert AppNotification.objects.count() == 3
    IdempotentCall.objects.update(created_at=now - dt.timedelta(hours=25))
    call_command("expire_due")
    assert not IdempotentCall.objects.exists()


def test_a_whole_batch_may_be_repeated(api: Api) -> None:
    head = "Content-Type: application/http\r\n\r\nPOST appnotifications HTTP/1.1\r\nContent-Type: application/json"
    part = f'{head}\r\n\r\n{{"title":"T"}}\r\n'
    text = f"--b\r\n{part}--b\r\n{part}--b--\r\n".encode()
    kind = "multipart/mixed; boundary=b"
    first, again = (api.post("$batch", text, Content_Type=kind, Idempotency_Key="k") for _ in range(2))
    assert (first.status, again.text, again["Content-Type"]) == (200, first.text, first["Content-Type"])
    assert AppNotification.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_eight_calls_at_once_with_one_key_one_makes_a_row_and_all_get_its_id() -> None:
    user = person(SEND, READ, CREATE)
    calls = 8
    gate = Barrier(calls)
    token = Api(user).token

    def send(_number: int) -> Reply:
        try:
            mine = Api(None)
            mine.token = token
            gate.wait(timeout=30)
            return mine.post("SendAppNotification", body(user), Idempotency_Key="k")
        finally:
            connection.close()

    with ThreadPoolExecutor(calls) as pool:
        replies = list(pool.map(send, range(calls)))
    assert [reply.status for reply in replies] == [200] * calls
    (row,) = AppNotification.objects.all()
    assert {reply.json["NotificationId"] for reply in replies} == {str(row.pk)}
    assert sum("Idempotency-Replayed" in reply.raw for reply in replies) == calls - 1
