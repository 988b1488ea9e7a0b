"""The web server of `manage.py start`: gunicorn in a child process, on a port that the launcher has taken."""

import http.client
import os
import socket
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from fsportal.management.processes import Pulse


class PortTaken(Exception):
    """Its message says what to do."""


class Port:
    """The port, taken by the launcher, so that restarting the web server refuses nobody."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET)

    def take(self) -> None:
        """Raise PortTaken if somebody listens there. Nobody is let in before `listen`."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise _taken(error) from error

    def listen(self) -> None:
        """Raise PortTaken if another `start` was quicker."""
        try:
            self._socket.listen(2048)  # gunicorn's own backlog
        except OSError as error:
            raise _taken(error) from error

    def close(self) -> None:
        self._socket.close()

    def serve(self, pulse: Pulse) -> None:
        """Be the web server. It watches its processes itself, so there is no pulse."""
        _Gunicorn(options(self._socket.fileno())).run()


class _Gunicorn(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, chosen: dict[str, Any]) -> None:
        self._chosen = chosen
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return import_string(settings.WSGI_APPLICATION)


def options(descriptor: int) -> dict[str, Any]:
    """Return gunicorn's settings: few processes with threads, no access log, since addresses hold secret codes."""
    return {
        "bind": f"fd://{descriptor}",
        "proc_name": "fsportal",
        "preload_app": True,
        "worker_class": "gthread",
        "workers": settings.WEB_PROCESSES,
        "threads": 4,
        "graceful_timeout": 5,
        "loglevel": "warning",
        "logger_class": "fsportal.lib.gunicorn_logs.GunicornLogger",
        "control_socket_disable": True,
        # A $filter of the Web API may be long; this is the most that gunicorn allows, and nginx's default.
        "limit_request_line": 8190,
        # Recycled now and then, in case a C library leaks. Not every few minutes on a busy day, though: while one of
        # two processes restarts, everybody waits for the other.
        "max_requests": 100_000,
        "max_requests_jitter": 20_000,
    }


def address() -> str:
    """Return the portal's address for a browser on this machine."""
    return f"http://{_near_host()}:{settings.PORT}/"


def _near_host() -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound to
    host = everywhere.get(settings.HOST, settings.HOST)
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def answers() -> bool:
    """Ask /health/live once, under a host name that ALLOWED_HOSTS accepts."""
    connection = http.client.HTTPConnection(_near_host().strip("[]"), settings.PORT, timeout=5)
    named = [host for host in settings.ALLOWED_HOSTS if host != "*"]
    try:
        connection.request("GET", "/health/live", headers={"Host": named[0].lstrip(".") if named else "localhost"})
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _taken(error: OSError) -> PortTaken:
    return PortTaken(
        f"Port {settings.PORT} of {settings.HOST} cannot be used ({os.strerror(error.errno or 0)})."
        " Stop what uses it, or choose another one: PORT=8001 make run"
    )
