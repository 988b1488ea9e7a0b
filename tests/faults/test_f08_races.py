"""F8: sixty people redeem one invitation at once, and as many take one free time, over HTTP."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from typing import Any

from tests.faults import promise
from tests.portal.crowd import Person, at_once
from tests.portal.invitations.doorstep import PASSWORD
from tests.test_start import Started

TAKEN = "Somebody was quicker"
USED_UP = "This invitation can no longer be redeemed"


def crowd(web: Started, people: int, sessions: list[str]) -> Any:
    server = f"http://127.0.0.1:{web.port}"
    cookies = [{"sessionid": session} for session in sessions] or [{}] * people
    return [closing(Person(server, each)) for each in cookies]


def count(database_url: str, table: str, where: str = "1 = 1") -> int:
    [(number,)] = promise.query(database_url, f"SELECT count(*) FROM {table} WHERE {where}")
    return int(number)


def redeem(web: Started, code: str, people: int) -> list[Any]:
    """Let everybody come as far as the last button, and then press it at once."""
    with ExitStack() as stack:
        persons = [stack.enter_context(one) for one in crowd(web, people, [])]
        for person in persons:
            person.look("/redeem/")
            assert person.press("/redeem/", code=code).headers["Location"] == "/invitation/"
            person.look("/invitation/")
        address = "/invitation/profile/"
        return at_once(
            [
                partial(person.press, address, username=f"sarah{number}", password=PASSWORD)
                for number, person in enumerate(persons)
            ]
        )


def book(web: Started, service: str, sessions: list[str]) -> list[Any]:
    """Let everybody choose the same time, and then press at once, and once more."""
    with ExitStack() as stack:
        persons = [stack.enter_context(one) for one in crowd(web, len(sessions), sessions)]
        time = persons[0].first_time("/book/times/", service=service)
        for person in persons:
            person.look("/book/check/", service=service, time=time)
        press = [partial(person.press, "/book/make/") for person in persons]
        return at_once(press) + at_once(press)


def test_of_sixty_at_once_one_redeems_the_invitation_and_one_gets_the_time(
    start: Callable[..., Started], database_url: str, size: Callable[[int, int], int]
) -> None:
    people = size(16, 60)
    web = start("--web")
    web.wait_until_ready()
    told = web.run("-m", "tests.faults.crowd_to_come", str(people))
    assert told.returncode == 0, told.stderr
    prepared = json.loads(told.stdout)

    answers = redeem(web, prepared["code"], people)
    assert Counter(answer.status_code for answer in answers) == {302: 1, 409: people - 1}
    assert all(USED_UP in " ".join(answer.text.split()) for answer in answers if answer.status_code == 409)
    assert count(database_url, "portal_redemption") == 1
    assert count(database_url, "fsportal_user", "username LIKE 'sarah%'") == 1

    answers = book(web, prepared["service"], prepared["sessions"])
    assert Counter(answer.status_code for answer in answers) == {302: 2, 409: 2 * people - 2}
    assert len({answer.headers["Location"] for answer in answers if answer.status_code == 302}) == 1
    assert all(TAKEN in answer.text for answer in answers if answer.status_code == 409)
    assert count(database_url, "bookings_booking") == 1
    assert not web.says("Traceback")
