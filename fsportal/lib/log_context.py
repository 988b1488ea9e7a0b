"""What the present request, message or task is called, for log lines about it. Needs no Django."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
#: Of a message to a customer: the id of its row.
message_id: ContextVar[str] = ContextVar("message_id", default="")
task: ContextVar[str] = ContextVar("task", default="")
#: By the names that they have in a JSON line.
CONTEXT: Mapping[str, ContextVar[str]] = {"request_id": request_id, "message_id": message_id, "task": task}


@contextmanager
def about_message(pk: object) -> Iterator[None]:
    """Give the lines of this block the id of a message."""
    token = message_id.set(str(pk))
    try:
        yield
    finally:
        message_id.reset(token)
