"""Many customers at once, each with a browser's worth of HTTP, against a real server of this machine."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import httpx
from django.http import HttpResponse
from django.test import Client

from bookings.models import BookingNotificationCode
from fsportal.models import User
from portal.visit.access import remember_visit
from portal.visit.proof import remember_proof


class Person:
    """One customer: their cookies, and the page before their eyes."""

    def __init__(self, server: str, cookies: dict[str, str]) -> None:
        self.server = server
        # A connection for each request: one that is kept may be closed by the other end while it is used again.
        self.http = httpx.Client(timeout=60, cookies=cookies, limits=httpx.Limits(max_keepalive_connections=0))
        self.page = ""

    def close(self) -> None:
        """Close the browser."""
        self.http.close()

    def look(self, address: str, **query: str) -> httpx.Response:
        """Open a page."""
        response = self.http.get(f"{self.server}{address}?{urlencode(query)}")
        assert response.status_code == 200, response.status_code
        self.page = response.text
        return response

    def first_time(self, address: str, **query: str) -> str:
        """Return the value of the first free time on a page."""
        found = re.search(r'name="time" value="([^"]+)"', self.look(address, **query).text)
        assert found
        return found[1]

    def press(self, address: str, **fields: str) -> httpx.Response:
        """Press the button of the form that is before their eyes."""
        main = self.page.partition("<main")[2]
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main))
        data = {name: unescape(value) for name, value in hidden.items()} | fields
        return self.http.post(f"{self.server}{address}", data=data)


def make_room(live_server: Any, people: int = 128) -> None:
    """Let so many connect at once: Django's test server has a queue of ten."""
    live_server.thread.httpd.socket.listen(people)


def browser_of(server: str, code: BookingNotificationCode) -> Person:
    """Return somebody who opened this link and proved to be its contact."""
    answer = HttpResponse()
    remember_visit(answer, code)
    remember_proof(answer, code)
    return Person(server, {name: morsel.value for name, morsel in answer.cookies.items()})


def signed_in(server: str, user: User) -> Person:
    """Return somebody who signed in as `user`."""
    client = Client()
    client.force_login(user)
    return Person(server, {"sessionid": client.cookies["sessionid"].value})


def at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all of it at the same moment; returns what came of each."""
    gate = Barrier(len(actions))

    def do(action: Callable[[], Any]) -> Any:
        gate.wait(timeout=60)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(do, actions))
