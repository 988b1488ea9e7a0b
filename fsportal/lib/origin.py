"""Where what is done comes from: the way in, and the client's address. For the audit trail.

A middleware keeps the present request, so that no verb of a model has to be handed it.
"""

import ipaddress
import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.signals import request_finished
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from fsportal.lib import log_context
from fsportal.lib.throttle import address_of, client_of


class WayIn(TextChoices):
    """The ways in."""

    SETTINGS_AREA = "settings", _("Settings area")
    PORTAL = "portal", _("customer portal")
    TECHNICIAN = "technician", _("technician’s page")
    WEB_API = "api", _("Web API")
    HOOK = "hook", _("a provider’s webhook")
    WORKER = "worker", _("worker")
    COMMAND = "command", _("command")


#: By the beginning of an address. Everything else is the customers' portal, which has the sign-in page, too.
BEGINNINGS = {
    "/admin/": WayIn.SETTINGS_AREA,
    "/api/": WayIn.WEB_API,
    "/technician/": WayIn.TECHNICIAN,
    "/track": WayIn.TECHNICIAN,
    "/hooks/": WayIn.HOOK,
}
#: Commands of manage.py that run the worker.
WORKERS = ("start", "qcluster")


@dataclass
class CameFrom:
    """Where something comes from. `name` is that of an API token, a task or a command."""

    way: str
    name: str = ""
    request: HttpRequest | None = None
    #: What was noted during the present request, so that a form does not note again what a verb has noted.
    noted: list[Any] = field(default_factory=list)

    @property
    def address(self) -> str | None:
        """Return the client's address, or None where there is no client, or only a socket."""
        try:
            return str(ipaddress.ip_address(address_of(self.request))) if self.request else None
        except ValueError:
            return None

    @property
    def client(self) -> str:
        """Return what limits count by: the address, or the network of an IPv6 address."""
        return client_of(self.request) if self.request else ""


_present: ContextVar[CameFrom | None] = ContextVar("origin", default=None)


def present() -> CameFrom:
    """Return where what is done now comes from."""
    return _present.get() or _without_request()


def _without_request() -> CameFrom:
    if task := log_context.task.get():
        return CameFrom(WayIn.WORKER, task.rpartition(".")[2])
    if log_context.message_id.get():
        return CameFrom(WayIn.WORKER, "delivery")
    program, command = ([*sys.argv, "", ""])[:2]
    if Path(program).name != "manage.py":
        return CameFrom(WayIn.COMMAND)
    return CameFrom(WayIn.WORKER) if command in WORKERS else CameFrom(WayIn.COMMAND, command)


class KeepOrigin:
    """The middleware that keeps the present request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        way = next((way for begins, way in BEGINNINGS.items() if request.path_info.startswith(begins)), WayIn.PORTAL)
        _present.set(CameFrom(way, request=request))
        return self._get_response(request)


def _forget(**kwargs: Any) -> None:
    """Not in the middleware: a response may be streamed after it."""
    _present.set(None)


def register() -> None:
    request_finished.connect(_forget, dispatch_uid="fsportal.origin")
