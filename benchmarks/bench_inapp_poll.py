"""The poll of the bell, and counts over the Web API, at one million in-app notifications, against a bare Django view.

All go through the same WSGI application and middleware in one process, with a session cookie; the bare view looks at
nothing. The middleware itself looks up session and user, but not for a poll that finds nothing new. A page that was
only just opened has no ETag: it is told what its session was told before, if this process still knows; otherwise it is
the first look of a session, at most one in five minutes.
"""

import io
import statistics
from collections.abc import Callable
from typing import Any

from setting import fresh_database, report, seconds  # isort: skip  (sets Django up)

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import include
from django.urls import path as at
from django.utils import timezone

from fsportal.models import User
from notifications.inapp import kept
from notifications.inapp.draft import AppNotificationDraft
from notifications.inapp.send import send_app_notification, send_to_many
from notifications.models import AppNotification

USERS, EACH = 10_000, 100
REQUESTS, ROUNDS = 200, 5
POLL, ROWS = "/notifications/poll", "/api/data/v9.2/appnotifications"
GLOBAL = "view_global_appnotification"


def bare(request: HttpRequest) -> JsonResponse:
    """Answer as little as a view can."""
    return JsonResponse({"badge": ""})


urlpatterns = [at("bare", bare), at("", include("fsportal.urls"))]


def rows() -> None:
    """Make a million live notifications, a hundred for each of ten thousand users; all seen, as most are."""
    users = [User(username=f"user{n}", password="!") for n in range(USERS)]
    User.objects.bulk_create(users, batch_size=1000)
    of_group, group = User.groups.through, Group.objects.get(name="technician")
    of_group.objects.bulk_create([of_group(user_id=user.pk, group_id=group.pk) for user in users], batch_size=1000)
    for number in range(EACH):
        send_to_many(AppNotificationDraft.of(title=f"Number {number}", body="Late"), User.objects.filter(groups=group))
    now = timezone.now()
    AppNotification.objects.update(seen_at=now, toasted_at=now)


class Browser:
    """Sends requests of one signed-in user straight to the WSGI application."""

    def __init__(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        self.cookie = f"sessionid={client.cookies['sessionid'].value}"
        self.application = WSGIHandler()
        self.status = ""
        self.headers: dict[str, str] = {}

    def get(self, address: str, etag: str = "") -> bytes:
        """Return the body of the answer; its status and headers are kept."""
        path, _mark, query = address.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_COOKIE": self.cookie,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
        }
        if etag:
            environ["HTTP_IF_NONE_MATCH"] = etag
        answer = self.application(environ, self._start)
        body = b"".join(answer)
        answer.close()
        return body

    def _start(self, status: str, headers: list[tuple[str, str]], *_error: object) -> None:
        self.status, self.headers = status, dict(headers)


def rate(browser: Browser, address: str, *, wanted: str, unchanged: bool = False, first: bool = False) -> float:
    """Return requests per second. An ETag ends: who gets a new one goes on with that. `first`: nothing is known yet."""
    browser.get(address)
    etag = browser.headers.get("ETag", "")
    others = 0

    def ask() -> None:
        nonlocal etag, others
        for _number in range(REQUESTS):
            if first:
                kept.answers.clear()
            browser.get(address, etag if unchanged else "")
            if not browser.status.startswith(wanted):
                etag, others = browser.headers["ETag"], others + 1

    found = REQUESTS / seconds(ask)
    assert others <= 2, f"{others} answers were {browser.status}, not {wanted}"
    return found


def main() -> None:
    settings.ROOT_URLCONF = "bench_inapp_poll"
    settings.ALLOWED_HOSTS = ["*"]
    fresh_database()
    rows()
    send_app_notification(title="New", recipient=User.objects.get(username="user5000"))
    User.objects.get(username="user1").user_permissions.add(Permission.objects.get(codename=GLOBAL))
    news, none, reader = (Browser(User.objects.get(username=name)) for name in ("user5000", "user4000", "user1"))
    asked: dict[str, Callable[[], float]] = {
        "bare": lambda: rate(news, "/bare", wanted="200"),
        "poll, nothing new": lambda: rate(news, POLL, wanted="304", unchanged=True),
        "poll of a new page, nothing new": lambda: rate(none, POLL, wanted="200"),
        "poll, first look of a session, nothing unseen": lambda: rate(none, POLL, wanted="200", first=True),
        "poll, a badge and a toast": lambda: rate(news, POLL, wanted="200"),
        "$count, of one's own": lambda: rate(news, f"{ROWS}/$count", wanted="200"),
        "$count, of everybody's": lambda: rate(reader, f"{ROWS}/$count", wanted="200"),
        "a page with $count=true, of everybody's": lambda: rate(reader, f"{ROWS}?$count=true&$top=10", wanted="200"),
    }
    found: dict[str, list[float]] = {what: [] for what in asked}
    for _round in range(ROUNDS):
        for what, ask in asked.items():
            found[what].append(ask())
    peer = statistics.median(found.pop("bare"))
    print(f"at {AppNotification.objects.count():,} rows ({connection.vendor}):")
    for what, rates in found.items():
        report(what, statistics.median(rates), "bare Django view", peer, "requests/s")


if __name__ == "__main__":
    main()
