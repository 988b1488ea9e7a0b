"""Many redeem at once, for real: threads with connections of their own, on whichever database the suite runs on."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Semaphore
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from fsportal.models import Contact, User
from portal.models import Invitation, OneTimeCode, Redemption, StaffInvitation
from tests.factories import AccountFactory, ContactFactory, UserFactory
from tests.portal.invitations.doorstep import create_profile, group, press, single, type_code, words

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]

#: As many as a PostgreSQL server of ordinary settings has connections for, beside other tests'.
AT_ONCE = 40


def all_at_once(number: int, act: Callable[[int], Any]) -> list[Any]:
    """Let `number` threads start together and act, AT_ONCE at a time with a database connection; return the answers."""
    gate, connections = Barrier(number), Semaphore(AT_ONCE)

    def run(one: int) -> Any:
        gate.wait(timeout=30)
        with connections:
            try:
                return act(one)
            finally:
                connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def outcome(answer: Any) -> str:
    """Return what one customer was told."""
    if answer.status_code == 302 and answer["Location"] == "/":
        return "in"
    clear = "This invitation can no longer be redeemed" in words(answer)
    return f"refused {answer.status_code}" if clear else f"unclear {answer.status_code}"


def test_of_two_hundred_who_redeem_one_code_at_once_one_is_in_and_199_are_told() -> None:
    invitation = single()
    browsers = [Client() for _ in range(200)]
    for browser in browsers:
        assert type_code(browser, invitation.code)["Location"] == "/invitation/"
    answers = all_at_once(200, lambda one: create_profile(browsers[one], f"sarah{one}"))
    assert Counter(map(outcome, answers)) == {"in": 1, "refused 409": 199}
    (user,) = User.objects.all()
    assert Contact.objects.get().portal_user == user
    assert Redemption.objects.get().user == user
    invitation.refresh_from_db()
    assert invitation.redeemed_count == 1


def test_two_hundred_who_type_the_code_at_once_are_in_or_told_without_an_error() -> None:
    invitation = single()

    def whole_way(one: int) -> Any:
        browser = Client()
        if type_code(browser, invitation.code).status_code != 302:
            return "no code"
        return outcome(create_profile(browser, f"sarah{one}"))

    told = Counter(all_at_once(200, whole_way))
    assert told["in"] == 1
    assert set(told) <= {"in", "refused 409", "no code"}
    assert told.total() == 200
    assert User.objects.count() == Redemption.objects.count() == 1


def test_a_group_of_ten_lets_ten_of_fifty_in() -> None:
    account = AccountFactory()
    invitation = group(account, most=10)
    browsers = [Client(REMOTE_ADDR=f"192.0.2.{one}") for one in range(50)]
    for one, browser in enumerate(browsers):
        type_code(browser, invitation.code)
        press(browser, "who", name=f"Neighbour {one}", email=f"n{one}@example.com")
        press(browser, "digits", digits=OneTimeCode.objects.get(to=f"n{one}@example.com").digits)
    answers = all_at_once(50, lambda one: create_profile(browsers[one], f"n{one}"))
    assert Counter(map(outcome, answers)) == {"in": 10, "refused 409": 40}
    assert account.contacts.count() == User.objects.count() == Redemption.objects.count() == 10
    invitation.refresh_from_db()
    assert invitation.redeemed_count == 10


def test_one_who_presses_add_in_many_windows_becomes_one_contact_and_takes_one_seat() -> None:
    account = AccountFactory()
    invitation, user = group(account), UserFactory(username="nora")
    browsers = [Client() for _ in range(8)]
    for browser in browsers:
        browser.force_login(user)
        type_code(browser, invitation.code)
    answers = all_at_once(8, lambda one: press(browsers[one], "add"))
    assert Counter(map(outcome, answers)) == {"in": 8}
    invitation.refresh_from_db()
    assert (account.contacts.count(), invitation.redeemed_count, Redemption.objects.count()) == (1, 1, 1)


def test_two_invitations_of_one_contact_redeemed_at_once_make_one_profile() -> None:
    contact = ContactFactory()
    invitations = [single(contact) for _ in range(8)]
    browsers = [Client() for _ in invitations]
    for browser, invitation in zip(browsers, invitations, strict=True):
        type_code(browser, invitation.code)
    answers = all_at_once(8, lambda one: create_profile(browsers[one], f"sarah{one}"))
    assert sorted(answer["Location"] for answer in answers) == ["/"] + ["/invitation/"] * 7
    assert User.objects.count() == 1
    assert Invitation.objects.filter(redeemed_count=1).count() == 1


def test_of_eight_who_choose_one_user_name_at_once_one_gets_it_whatever_the_case() -> None:
    invitations = [single(ContactFactory()) for _ in range(8)]
    browsers = [Client() for _ in invitations]
    for browser, invitation in zip(browsers, invitations, strict=True):
        type_code(browser, invitation.code)
    names = ["sam", "Sam", "SAM", "sAm", "saM", "SaM", "SAm", "sAM"]
    answers = all_at_once(8, lambda one: create_profile(browsers[one], names[one]))
    assert sorted(answer.status_code for answer in answers) == [302] + [400] * 7
    losers = [words(answer) for answer in answers if answer.status_code == 400]
    assert all("Somebody has this user name already" in page for page in losers)
    assert User.objects.count() == Redemption.objects.count() == 1


def test_of_twenty_who_use_the_link_of_one_member_of_staff_at_once_one_chooses_the_password() -> None:
    boss, now = UserFactory(), timezone.now()
    new = User(username="dana", email="dana@example.com", is_staff=True)
    invitation = StaffInvitation.invite(new, [], by=boss, language="en", now=now)

    def accept(one: int) -> bool:
        return StaffInvitation.objects.select_related("user").get(pk=invitation.pk).accept(f"!{one}", now)

    answers = all_at_once(20, accept)
    assert Counter(answers) == {True: 1, False: 19}
    assert User.objects.get(username="dana").password == f"!{answers.index(True)}"
