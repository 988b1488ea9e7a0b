"""Every address of the portal, tried by everybody: made from the URL configuration, so that none can be forgotten.

A new page fails here until it is in TABLE. To add one, write a line with its name, how its address is made from the
stage, and what each of COLUMNS gets for GET and for POST (without data):

    "booking-cancel": Row(booking, get="sign-in 403 404 200 403", post="sign-in 403 404 400 403"),

A cell is a status, or where it leads: "sign-in" (the sign-in page, which comes back here), "->home" (the page of that
name), "->away" (anywhere else, with no secret in the address).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection
from django.shortcuts import resolve_url
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from bookings.models import Booking, BookingNotificationCode, CustomerNote
from fsportal.models import Contact, User
from fsportal.models.consent import Channel
from notifications.customers.subscriptions import Subscription
from notifications.models import CustomerNotification
from portal.models import Invitation, WebRole
from tests.factories import (
    AccountFactory,
    BookingFactory,
    CodeFactory,
    ContactFactory,
    ResourceFactory,
    UserFactory,
    WorkOrderFactory,
)
from tests.portal.invitations.doorstep import single
from tests.portal.stage import company, give_password

pytestmark = pytest.mark.django_db

#: Who tries. *roleless* is another contact of the owner's own account, without the role; *another* is two people: a
#: customer of another account, and a customer of the owner's own account, which does not share its visits.
COLUMNS = ("stranger", "roleless", "another", "owner", "staff")
#: Left to tests of their own: the Settings area (tests/fsportal/admin/test_every_page.py).
NOT_HERE = ("admin",)


# --- The stage ------------------------------------------------------------------------------------------------------
class Stage:
    """An owner whose every detail can be recognized, those who try to see it, and staff without rights."""

    SECRETS = (
        "Zebulon",
        "Quartermaine",
        "zq@private.example",
        "7946 0777",
        "79460777",
        "77 Hidden Mews",
        "Larkspur",
        "WO-SECRET-771",
        "the key is under the gnome",
        "Ottoline Fetch",
    )

    def __init__(self) -> None:
        company()
        account = AccountFactory(name="Larkspur House", street="77 Hidden Mews", city="Larkspur")
        self.owner = self._customer("zq", account, "Zebulon Quartermaine", "zq@private.example")
        self.owner.contacts.update(mobile_phone="+442079460777")
        order = WorkOrderFactory(account=account, number="WO-SECRET-771", reported_by=self.contact)
        technician = ResourceFactory(name="Ottoline Fetch")
        self.booking: Booking = BookingFactory(work_order=order, resource=technician)
        CustomerNote.objects.create(booking=self.booking, contact=self.contact, text="the key is under the gnome")
        self.another = [
            self._customer("alex", AccountFactory(), "Alex Elsewhere", "alex@example.com"),
            self._customer("nell", account, "Nell Neighbour", "nell@example.com"),
        ]
        for user in self.another:
            BookingFactory(work_order=WorkOrderFactory(account=user.contacts.get().account))
        self.roleless = self._customer("rory", account, "Rory Roleless", "rory@example.com", role=False)
        self.staff: User = UserFactory(username="sid", is_staff=True)

    @staticmethod
    def _customer(username: str, account: Any, name: str, email: str, *, role: bool = True) -> User:
        user: User = UserFactory(username=username, email=email)
        contact = ContactFactory(account=account, name=name, email=email, portal_user=user)
        if role:
            WebRole.web_api_users().give(contact, by=None)
        return user

    @property
    def contact(self) -> Contact:
        """Return the owner as a contact."""
        return self.owner.contacts.get()

    @cached_property
    def code(self) -> BookingNotificationCode:
        """Return the link to the owner's visit."""
        made: BookingNotificationCode = CodeFactory(booking=self.booking)
        return made

    @cached_property
    def invitation(self) -> Invitation:
        """Return an invitation for somebody whose name and email are among the secrets."""
        contact: Contact = ContactFactory(account=self.booking.work_order.account, name="Zebulon Quartermaine",
                                          email="zq@private.example")  # fmt: skip
        return single(contact)

    @cached_property
    def token(self) -> str:
        """Return the token of the owner's unsubscribe link."""
        return Subscription(self.contact, Channel.EMAIL).unsubscribe_link.rstrip("/").rpartition("/")[2]

    def clients(self, who: str) -> list[Client]:
        """Return the browsers of one column; the owner's has also opened the link in the message."""
        users: dict[str, list[User | None]] = {
            "stranger": [None],
            "roleless": [self.roleless],
            "another": [*self.another],
            "owner": [self.owner],
            "staff": [self.staff],
        }
        return [self._client(user) for user in users[who]]

    def _client(self, user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
            give_password(client)
        if user == self.owner:
            client.get(f"/visit/{self.code.code}/")
        return client


# --- The table ------------------------------------------------------------------------------------------------------
Arguments = Callable[[Stage], list[Any]]


def nothing(stage: Stage) -> list[Any]:
    return []


def booking(stage: Stage) -> list[Any]:
    return [stage.booking.pk]


def visit(stage: Stage) -> list[Any]:
    return [stage.code.public_id]


def number(stage: Stage) -> list[Any]:
    return [1]


def token(stage: Stage) -> list[Any]:
    return [stage.token]


@dataclass(frozen=True)
class Row:
    """One address: how it is made, and what each column gets for GET and POST."""

    arguments: Arguments = nothing
    get: str = "405 405 405 405 405"
    post: str = "405 405 405 405 405"


def everybody(cell: str) -> str:
    """Return the same cell for every column."""
    return " ".join([cell] * len(COLUMNS))


TABLE = {
    # The machine's own.
    "health-live": Row(get=everybody("200")),
    "health-ready": Row(get=everybody("503")),  # no worker in a test
    "metrics": Row(get=everybody("404")),  # no METRICS_TOKEN in a test
    "brand-css": Row(get=everybody("200")),
    "media": Row(lambda stage: ["no-such-image.png"], get=everybody("404")),
    # Trackers, which nobody here has, and technicians, who nobody here is.
    "track": Row(get=everybody("400"), post=everybody("400")),
    "technician-position": Row(post="401 403 403 403 403"),
    # No mail provider is connected here.
    "email-reports": Row(lambda stage: ["postmark"], get=everybody("404"), post=everybody("404")),
    "sms-status": Row(lambda stage: [stage.booking.pk], post=everybody("404")),
    # Messages: whoever holds the token of the link may stop them.
    "unsubscribe": Row(token, get=everybody("200"), post=everybody("200")),
    "unsubscribe-undo": Row(token, post=everybody("200")),
    # In-app notifications: nobody here has a bell. Icons are no secret.
    "notification-center": Row(get="sign-in 403 403 403 403"),
    "notification-poll": Row(get="401 403 403 403 403"),
    "notification-open": Row(get="sign-in 404 404 404 404"),
    "notification-seen": Row(post="sign-in 403 403 403 403"),
    "notification-toasted": Row(post="sign-in 403 403 403 403"),
    "notification-dismiss-all": Row(post="sign-in 403 403 403 403"),
    "notification-undo": Row(post="sign-in 403 403 403 403"),
    "notification-dismiss": Row(booking, post="sign-in 403 403 403 403"),
    "web-api": Row(lambda stage: ["v9.2", "appnotifications"], get="401 403 403 403 403", post="401 415 415 415 415"),
    "notification-snooze": Row(booking, post="sign-in 403 403 403 403"),
    "notification-wake": Row(booking, post="sign-in 403 403 403 403"),
    "notification-take": Row(booking, post="sign-in 403 403 403 403"),
    "notification-give-back": Row(booking, post="sign-in 403 403 403 403"),
    "notification-preferences": Row(get="sign-in 403 403 403 403", post="sign-in 403 403 403 403"),
    "notification-mute": Row(booking, post="sign-in 403 403 403 403"),
    "notification-unmute": Row(booking, post="sign-in 403 403 403 403"),
    "web-resource": Row(lambda stage: ["none.svg"], get=everybody("404")),
    # Technicians: nobody here is one. The worker's script says nothing of anybody.
    "technician": Row(get="sign-in 404 404 404 404"),
    "technician-taps": Row(post="sign-in 404 404 404 404"),
    "technician-tracker": Row(get="sign-in 404 404 404 404"),
    "technician-tracker-connect": Row(post="sign-in 404 404 404 404"),
    "technician-calendar": Row(get="sign-in 404 404 404 404"),
    "technician-calendar-connect": Row(post="sign-in 404 404 404 404"),
    # Nobody's code: unknown and revoked ones answer alike.
    "calendar-feed": Row(lambda stage: ["A" * 32], get=everybody("404")),
    "technician-worker": Row(get=everybody("200")),
    # Coming in.
    "home": Row(get="200 403 200 200 200"),
    "redeem": Row(get=everybody("200"), post=everybody("400")),
    "redeem-code": Row(lambda stage: [stage.invitation.code], get=everybody("200"), post=everybody("400")),
    "invitation": Row(get=everybody("->redeem"), post=everybody("->redeem")),
    **{
        f"invitation-{answer}": Row(get=everybody("->redeem"), post=everybody("->redeem"))
        for answer in ("profile", "add", "not-me", "who", "digits", "another-code", "another-email")
    },
    # Nobody here was invited to work here.
    "join": Row(get=everybody("404"), post=everybody("404")),
    "join-code": Row(lambda stage: ["a" * 32], get=everybody("404")),
    "see-as-leave": Row(post=everybody("->home")),
    # A visit by the link in a message.
    "visit-enter": Row(lambda stage: [stage.code.code], get=everybody("->away")),
    "visit": Row(visit, get="404 404 404 200 404"),
    "visit-opened": Row(visit, post="404 404 404 204 404"),
    "visit-calendar": Row(visit, get="404 404 404 200 404"),
    "visit-live": Row(visit, get="404 404 404 200 404"),
    "visit-photo": Row(visit, get="404 404 404 404 404"),
    # A visit by the account.
    "booking": Row(booking, get="sign-in 403 404 200 403"),
    "booking-calendar": Row(booking, get="sign-in 403 404 200 403"),
    "booking-live": Row(booking, get="sign-in 403 404 200 403"),
    "booking-photo": Row(booking, get="sign-in 403 404 404 403"),
    "booking-opened": Row(booking, post="sign-in 403 404 204 403"),
    # What customers do there, and with their profile.
    "sms-inbound": Row(post=everybody("404")),
    "text-inbound": Row(post=everybody("404")),  # no SMS_INBOUND_SECRET in a test
    "profile": Row(get="sign-in 403 200 200 403", post="sign-in 403 400 400 403"),
    "profile-email": Row(get="sign-in 403 200 200 403", post="sign-in 403 400 400 403"),
    "profile-email-undo": Row(lambda stage: ["x"], get=everybody("404"), post=everybody("404")),
    "profile-email-code": Row(get="sign-in 403 ->away ->away 403", post="sign-in 403 ->away ->away 403"),
    "profile-choices": Row(get="sign-in 403 ->away ->away 403", post="sign-in 403 ->away ->away 403"),
    "profile-stop": Row(
        lambda stage: ["email"], get="sign-in 403 ->away ->away 403", post="sign-in 403 ->away ->away 403"
    ),
    "profile-start": Row(
        lambda stage: ["email"], get="sign-in 403 ->away ->away 403", post="sign-in 403 ->away ->away 403"
    ),
    "visit-change": Row(visit, get="404 404 404 200 404", post="404 404 404 200 404"),
    "visit-check": Row(visit, get="404 404 404 422 404", post="404 404 404 422 404"),
    "visit-move": Row(visit, get="404 404 404 200 404", post="404 404 404 409 404"),
    "visit-cancel": Row(visit, get="404 404 404 200 404", post="404 404 404 422 404"),
    "visit-answer": Row(visit, post="404 404 404 ->away 404"),
    "visit-ask": Row(visit, get="404 404 404 200 404", post="404 404 404 422 404"),
    "visit-confirm": Row(visit, get="404 404 404 ->away 404", post="404 404 404 ->away 404"),
    "visit-code": Row(visit, get="404 404 404 ->away 404", post="404 404 404 ->away 404"),
    "booking-confirm": Row(booking, get="sign-in 403 404 404 403", post="sign-in 403 404 404 403"),
    "booking-code": Row(booking, get="sign-in 403 404 404 403", post="sign-in 403 404 404 403"),
    "booking-check": Row(booking, get="sign-in 403 404 422 403", post="sign-in 403 404 422 403"),
    "booking-move": Row(booking, get="sign-in 403 404 200 403", post="sign-in 403 404 409 403"),
    "booking-change": Row(booking, get="sign-in 403 404 200 403", post="sign-in 403 404 200 403"),
    "booking-cancel": Row(booking, get="sign-in 403 404 200 403", post="sign-in 403 404 422 403"),
    "booking-answer": Row(booking, post="sign-in 403 404 ->away 403"),
    "booking-ask": Row(booking, get="sign-in 403 404 200 403", post="sign-in 403 404 422 403"),
    "visit-feedback": Row(visit, get="404 404 404 ->away 404", post="404 404 404 ->away 404"),
    "booking-feedback": Row(booking, get="sign-in 403 404 ->away 403", post="sign-in 403 404 ->away 403"),
    "book": Row(get="sign-in 403 404 404 403", post="sign-in 403 404 404 403"),
    "book-times": Row(get="sign-in 403 404 404 403", post="sign-in 403 404 404 403"),
    "book-check": Row(get="sign-in 403 404 404 403", post="sign-in 403 404 404 403"),
    "book-make": Row(get="sign-in 403 404 404 403", post="sign-in 403 404 404 403"),
    "book-ask": Row(get="sign-in 403 404 404 403", post="sign-in 403 404 404 403"),
    "book-asked": Row(get="sign-in 403 200 200 403"),
    "book-done": Row(booking, get="sign-in 403 404 200 403"),
    # Sign-in (django-allauth), and the names that its addresses had before, which lead on.
    "account_login": Row(get="200 ->home ->home ->home ->home", post="200 ->home ->home ->home ->home"),
    "account_email": Row(get=everybody("->away"), post=everybody("->away")),
    "usersessions_list": Row(get="sign-in 200 200 200 200", post="sign-in 405 405 405 405"),
    "sessions-end-others": Row(get="sign-in 405 405 405 405", post="sign-in ->away ->away ->away ->away"),
    "session-end": Row(number, get="sign-in 405 405 405 405", post="sign-in 404 404 404 404"),
    "account_logout": Row(get="->home 200 200 200 200", post=everybody("->home")),
    "account_inactive": Row(get=everybody("200")),
    "account_signup": Row(get="200 ->home ->home ->home ->home", post="200 ->home ->home ->home ->home"),
    "account_reauthenticate": Row(get="sign-in 200 200 200 200", post="sign-in 200 200 200 200"),
    "account_email_verification_sent": Row(get=everybody("404"), post=everybody("404")),
    "account_change_password": Row(get="sign-in 200 200 200 200", post="sign-in 200 200 200 200"),
    "account_set_password": Row(get="sign-in ->away ->away ->away ->away", post="sign-in ->away ->away ->away ->away"),
    "account_reset_password": Row(get=everybody("200"), post=everybody("200")),
    "account_confirm_login_code": Row(
        get="->away ->home ->home ->home ->home", post="->away ->home ->home ->home ->home"
    ),
    "account_confirm_email": Row(lambda stage: ["x:y"], get=everybody("404"), post=everybody("404")),
    "account_reset_password_from_key_done": Row(get=everybody("200")),
    "account_reset_password_from_key": Row(lambda stage: ["1", "a-b"], get=everybody("200"), post=everybody("200")),
    "account_reset_password_done": Row(get=everybody("200")),
    "mfa_index": Row(get="sign-in 200 200 200 200", post="sign-in 405 405 405 405"),
    "mfa_authenticate": Row(get="->away ->home ->home ->home ->home", post="->away ->home ->home ->home ->home"),
    "mfa_reauthenticate": Row(get="sign-in ->away ->away ->away ->away", post="sign-in ->away ->away ->away ->away"),
    "mfa_activate_totp": Row(get=everybody("->away"), post=everybody("->away")),
    "mfa_deactivate_totp": Row(get="sign-in 404 404 404 404", post="sign-in 404 404 404 404"),
    "mfa_view_recovery_codes": Row(get="sign-in 404 404 404 404", post="sign-in 405 405 405 405"),
    "mfa_generate_recovery_codes": Row(get=everybody("->away"), post=everybody("->away")),
    "mfa_download_recovery_codes": Row(get="sign-in 404 404 404 404", post="sign-in 404 404 404 404"),
    "mfa_list_webauthn": Row(get="sign-in 200 200 200 200", post="sign-in 405 405 405 405"),
    "mfa_add_webauthn": Row(get=everybody("->away"), post=everybody("->away")),
    "mfa_reauthenticate_webauthn": Row(
        get="sign-in ->away ->away ->away ->away", post="sign-in ->away ->away ->away ->away"
    ),
    "mfa_remove_webauthn": Row(number, get=everybody("->away"), post=everybody("->away")),
    "mfa_edit_webauthn": Row(number, get=everybody("->away"), post=everybody("->away")),
    "mfa_login_webauthn": Row(get="->away ->home ->home ->home ->home", post="->away ->home ->home ->home ->home"),
    "socialaccount_login_cancelled": Row(get=everybody("200")),
    "socialaccount_login_error": Row(get=everybody("401")),
    "socialaccount_signup": Row(get=everybody("->away"), post=everybody("->away")),
    "socialaccount_connections": Row(get="sign-in 200 200 200 200", post="sign-in 200 200 200 200"),
    "openid_connect_login": Row(lambda stage: ["none"], get=everybody("404"), post=everybody("404")),
    "openid_connect_callback": Row(lambda stage: ["none"], get=everybody("404"), post=everybody("404")),
    "accounts/confirm-email/": Row(get=everybody("404"), post=everybody("404")),
    "accounts/confirm-email/<str:key>/": Row(get=everybody("404"), post=everybody("404")),
    "accounts/social/login/cancelled/": Row(get=everybody("->away"), post=everybody("->away")),
    "accounts/social/login/error/": Row(get=everybody("->away"), post=everybody("->away")),
    "accounts/social/signup/": Row(get=everybody("->away"), post=everybody("->away")),
    "accounts/social/connections/": Row(get=everybody("->away"), post=everybody("->away")),
}


def address_of(name: str, stage: Stage) -> str:
    """Return the address of a row on this stage; one that has no name is known by its pattern."""
    if "/" in name:
        return "/" + re.sub(r"<[^>]+>", "x", name)
    return reverse(name, args=TABLE[name].arguments(stage))


# --- The URL configuration ------------------------------------------------------------------------------------------
def addresses(patterns: list[Any], prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """Return name and pattern of every address that is not in NOT_HERE."""
    for pattern in patterns:
        whole = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, (namespace, pattern.namespace)))
            if pattern.namespace not in NOT_HERE:
                yield from addresses(pattern.url_patterns, whole, inner)
        elif isinstance(pattern, URLPattern):
            yield ":".join(filter(None, (namespace, pattern.name or whole))), whole


def names() -> list[str]:
    return sorted({name for name, _pattern in addresses(get_resolver().url_patterns)})


def test_every_address_is_in_the_table_and_the_table_has_no_other() -> None:
    missing = [f"{name} ({pattern})" for name, pattern in addresses(get_resolver().url_patterns) if name not in TABLE]
    assert not missing, (
        f"These pages are new: {', '.join(missing)}. Say in TABLE of {__file__} what a stranger, a customer without "
        "the role, another customer, the owner and staff without rights get there; its first lines say how."
    )
    assert not set(TABLE) - set(names()), f"No longer an address: {sorted(set(TABLE) - set(names()))}"


# --- Trying ---------------------------------------------------------------------------------------------------------
WRITES = re.compile(r'^(INSERT INTO|UPDATE|DELETE FROM) "(?!django_session)')


def got(answer: Any, address: str) -> str:
    """Return an answer as a cell says it."""
    if answer.status_code not in (301, 302):
        return str(answer.status_code)
    where = answer["Location"]
    if where.startswith(f"{resolve_url(settings.LOGIN_URL)}?next={address}"):
        return "sign-in"
    home = {reverse(name): f"->{name}" for name in ("home", "redeem", "invitation")}
    return home.get(where, "->away")


def content_of(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.headers}\n{body.decode('utf-8', 'replace')}"


def is_expected(cell: str, result: str) -> bool:
    # Somewhere of its own may also be one of the pages that have a name.
    return result == cell or (cell == "->away" and result.startswith("->"))


#: A GET changes nothing, so many addresses can be asked for on one stage.
SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
def test_everybody_gets_what_the_table_says_and_no_byte_of_anothers(share: int) -> None:
    stage = Stage()
    for name in sorted(TABLE)[share::SHARES]:
        try_on(stage, name, "get")


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_post_does_what_the_table_says_and_shows_no_byte_of_anothers(name: str) -> None:
    try_on(Stage(), name, "post")


def try_on(stage: Stage, name: str, method: str) -> None:
    row, address = TABLE[name], address_of(name, stage)
    for who, cell in zip(COLUMNS, getattr(row, method).split(), strict=True):
        for client in stage.clients(who):
            with CaptureQueriesContext(connection) as caught:
                answer = getattr(client, method)(address)
            assert is_expected(cell, got(answer, address)), f"{who} gets {got(answer, address)} at {name}, not {cell}"
            text = content_of(answer)
            if who != "owner":
                leaked = [secret for secret in stage.SECRETS if secret.casefold() in text.casefold()]
                assert not leaked, f"{who} reads {leaked} at {name}"
            if method == "get":
                written = [query["sql"] for query in caught if WRITES.match(query["sql"])]
                assert not written, f"GET of {name} by {who} writes {written}"


def test_the_secrets_are_where_they_could_leak_from() -> None:
    stage = Stage()
    (owner,) = stage.clients("owner")
    page = content_of(owner.get(reverse("booking", args=[stage.booking.pk])))
    assert "77 Hidden Mews" in page
    assert "WO-SECRET-771" in page
    assert stage.SECRETS[0] in str(stage.contact)
    assert not CustomerNotification.objects.exists()


def test_staff_who_look_as_the_owner_change_nothing_anywhere() -> None:
    stage = Stage()
    stage.staff.user_permissions.set(Permission.objects.filter(codename__in=["see_as_customer", "view_contact"]))
    (client,) = stage.clients("staff")
    client.post(reverse("admin:fsportal_contact_action", args=[stage.contact.pk, "see-as"]))
    assert client.get(reverse("booking", args=[stage.booking.pk])).status_code == 200
    for name in sorted(name for name in TABLE if name != "see-as-leave" and is_for_customers(name)):
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(client, method)(address_of(name, stage))
            assert answer.status_code == 403, f"{method} of {name} is answered with {answer.status_code}"
            assert "You are only looking" in content_of(answer)


def is_for_customers(name: str) -> bool:
    """Tell whether a page is one of the portal's: those of the machine and of messages know no session.

    Signing out stays possible, and what only leads elsewhere changes nothing.
    """
    ours = (
        "health-live",
        "health-ready",
        "metrics",
        "track",
        "calendar-feed",
        "email-reports",
        "sms-status",
        "sms-inbound",
        "text-inbound",
        "unsubscribe",
        "unsubscribe-undo",
    )
    # The latter three are what staff do as themselves.
    elsewhere = ("accounts/social/", "notification-", "technician", "web-")
    return name not in (*ours, "account_logout", "account_email") and not name.startswith(elsewhere)


def test_a_customer_whose_role_is_taken_away_is_out_at_the_next_request() -> None:
    stage = Stage()
    (owner,) = stage.clients("owner")
    address = reverse("booking", args=[stage.booking.pk])
    assert owner.get(address).status_code == 200
    WebRole.web_api_users().take_away(stage.contact, by=None)
    answer = owner.get(address)
    assert answer.status_code == 403
    assert "Hidden Mews" not in content_of(answer)


def test_words_for_a_forgotten_page_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(TABLE, "booking")
    with pytest.raises(AssertionError, match=r"booking \(bookings/<uuid:pk>/\).*Say in TABLE"):
        test_every_address_is_in_the_table_and_the_table_has_no_other()
