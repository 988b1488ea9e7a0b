"""Passwords that are known from breaches: Django's own list, or a service that speaks the range protocol."""

import hashlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import Client

from fsportal.conf.environment import address_below
from fsportal.models import User
from tests.factories import PASSWORD, UserFactory

BREACHED = "correct-horse-battery-staple"
FINE = "an-entirely-other-phrase"


class RangeServer:
    """An HTTP server that speaks the range protocol: five digits of a SHA-1 in, all endings that it knows out."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.known = {hashlib.sha1(BREACHED.encode()).hexdigest().upper(): 24230577}
        self.status, self.waits = 200, 0.0
        self.released = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """The server as BREACHED_PASSWORDS_URL."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/range/"

    def __enter__(self) -> "RangeServer":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def answer(self, prefix: str) -> str:
        """Return the endings below a prefix, with the padding of the real service."""
        lines = [f"{digest[5:]}:{count}" for digest, count in self.known.items() if digest.startswith(prefix)]
        return "\r\n".join([*lines, f"{'0' * 35}:0"])


def _handler_for(server: RangeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            server.headers.append(dict(self.headers))
            server.released.wait(server.waits)
            body = server.answer(self.path.rpartition("/")[2]).encode()
            try:
                self.send_response(server.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # who asked has gone

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the standard library's name)
            """Say nothing."""

    return Handler


@pytest.fixture
def service(settings: Any) -> Iterator[RangeServer]:
    with RangeServer() as server:
        settings.BREACHED_PASSWORDS_URL = server.url
        settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "fsportal.lib.breached_passwords.BreachedPasswordValidator"}]
        yield server


def test_without_a_service_djangos_own_list_is_asked() -> None:
    with pytest.raises(ValidationError, match="too common"):
        validate_password("password123")
    validate_password(FINE)


def test_what_the_service_knows_is_refused(service: RangeServer) -> None:
    with pytest.raises(ValidationError, match="known from a data breach"):
        validate_password(BREACHED)
    validate_password(FINE)


def test_only_five_digits_of_the_hash_leave_the_house(service: RangeServer) -> None:
    validate_password(FINE)
    digest = hashlib.sha1(FINE.encode()).hexdigest().upper()
    assert service.asked == [f"/range/{digest[:5]}"]
    assert service.headers[0]["Add-Padding"] == "true"


@pytest.mark.parametrize("fault", ["error", "slow", "gone"])
def test_a_service_that_does_not_answer_holds_nobody_up(service: RangeServer, settings: Any, fault: str) -> None:
    service.status = 503 if fault == "error" else 200
    service.waits = 30.0 if fault == "slow" else 0.0
    if fault == "gone":
        settings.BREACHED_PASSWORDS_URL = "http://127.0.0.1:1/range/"
    settings.AUTH_PASSWORD_VALIDATORS = [*settings.AUTH_PASSWORD_VALIDATORS]  # built again, with the address
    began = time.monotonic()
    validate_password(FINE)
    with pytest.raises(ValidationError, match="too common"):
        validate_password("password123")
    assert time.monotonic() - began < 15


@pytest.mark.django_db
def test_a_breached_password_is_refused_beside_its_field(client: Client, service: RangeServer) -> None:
    user: User = UserFactory(username="chris")
    client.post("/accounts/login/", {"login": "chris", "password": PASSWORD})
    given = {"oldpassword": PASSWORD, "password1": BREACHED, "password2": BREACHED}
    page = client.post("/accounts/password/change/", given).content.decode()
    assert 'id="id_password1_error"' in page
    assert "known from a data breach" in page
    assert BREACHED not in page
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_the_rule_is_told_beforehand(service: RangeServer, settings: Any) -> None:
    (validator,) = get_password_validators(settings.AUTH_PASSWORD_VALIDATORS)
    assert "known from a data breach" in validator.get_help_text()


@pytest.mark.parametrize("wrong", ["api.pwnedpasswords.com", "ftp://x/", "https://", "https://x/?a=1", "http://x:y/"])
def test_an_address_that_is_none_is_refused_at_start(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="BREACHED_PASSWORDS_URL cannot be read; write"):
        address_below(wrong, "BREACHED_PASSWORDS_URL")


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", ""), ("https://x.example/range", "https://x.example/range/"), ("http://x/r/", "http://x/r/")],
)
def test_a_good_address_ends_in_a_slash(given: str, expected: str) -> None:
    assert address_below(given, "BREACHED_PASSWORDS_URL") == expected
