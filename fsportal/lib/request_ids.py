"""Sets what log lines are about: the id of a request, the name of a task."""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse
from django_q.signals import post_execute, pre_execute

from fsportal.lib import log_context

HEADER = "X-Request-ID"
#: What we take over from a proxy; anything else could forge a line or fill the log.
SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIds:
    """The outermost middleware. Each response says which id its lines in the log have."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        chosen = given if SANE.fullmatch(given) else uuid.uuid4().hex
        log_context.request_id.set(chosen)
        response = self._get_response(request)
        response[HEADER] = chosen
        return response


def end_request(**kwargs: Any) -> None:
    """Not in the middleware: Django logs a refused request after the last of them."""
    log_context.request_id.set("")


def begin_task(task: Mapping[str, Any], **kwargs: Any) -> None:
    log_context.task.set(str(task.get("func", "")))


def end_task(**kwargs: Any) -> None:
    log_context.task.set("")


def register() -> None:
    request_finished.connect(end_request, dispatch_uid="fsportal.request_id")
    pre_execute.connect(begin_task, dispatch_uid="fsportal.task")
    post_execute.connect(end_task, dispatch_uid="fsportal.task")
