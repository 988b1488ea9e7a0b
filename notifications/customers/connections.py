"""The connections to the provider of one channel: as many messages at once as there are connections."""

import logging
import queue
import threading
from collections.abc import Callable
from functools import cached_property

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from notifications.customers.channels.base import ChannelBackend, NotConnectedBackend
from notifications.customers.channels.email import EmailBackend
from notifications.customers.channels.sms import sms_backend
from notifications.customers.preparing import Ready
from notifications.customers.recording import HandedOver

logger = logging.getLogger(__name__)

#: Seconds for which a connection without a message is kept.
KEPT_FOR = 20.0
_MAKERS: dict[str, Callable[[], ChannelBackend]] = {"email": EmailBackend, "sms": sms_backend}


def backend_of(channel: str) -> ChannelBackend:
    """Return a new backend; one that raises `not_connected` if its settings do not work."""
    try:
        return _MAKERS[channel]()
    except (ImportError, ImproperlyConfigured) as error:
        # Not the message's fault: it waits until somebody corrects the settings.
        logger.warning("The %s channel cannot be set up (%s)", channel, type(error).__name__)
        return NotConnectedBackend("a setting that works")


class Connections:
    """Hands over messages in threads of their own, which never ask the database. Results go into `results`."""

    def __init__(self, channel: str, results: "queue.SimpleQueue[HandedOver]") -> None:
        self.channel = channel
        self.size: int = settings.CONNECTIONS[channel]
        #: Submitted, and not yet `done`.
        self.in_flight: list[Ready] = []
        self._results = results
        self._waiting: queue.SimpleQueue[Ready | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    @cached_property
    def provider(self) -> str:
        """The provider's short name."""
        backend = backend_of(self.channel)
        backend.close()
        return backend.name

    def submit(self, messages: list[Ready]) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self.in_flight += messages
        for message in messages:
            self._waiting.put(message)
        for _number in range(min(self.size, len(self.in_flight)) - len(self._threads)):
            # A daemon: one that hangs must not keep the process from ending.
            thread = threading.Thread(target=self._hand_over_each, name=f"{self.channel} connection", daemon=True)
            self._threads.append(thread)
            thread.start()

    def done(self, message: Ready) -> None:
        self.in_flight = [other for other in self.in_flight if other is not message]

    def take_back(self) -> list[Ready]:
        """Return the messages that no connection has begun, and forget them."""
        taken: list[Ready] = []
        while True:
            try:
                message = self._waiting.get_nowait()
            except queue.Empty:
                return taken
            if message is not None:
                taken.append(message)
                self.done(message)

    def close(self) -> None:
        """Let the threads end once they have nothing left to hand over."""
        for _thread in self._threads:
            self._waiting.put(None)

    def _hand_over_each(self) -> None:
        message: Ready | None = self._waiting.get()
        while message is not None:
            message = self._hand_over_until_idle(message)

    def _hand_over_until_idle(self, message: Ready) -> Ready | None:
        """Hand over messages on one connection; returns the first that comes after a pause, or None at the end."""
        backend = backend_of(self.channel)
        try:
            waiting: Ready | None = message
            while waiting is not None:
                self._results.put(_handed_over(backend, waiting))
                waiting = self._waiting.get(timeout=KEPT_FOR)
        except queue.Empty:
            backend.close()
            return self._waiting.get()
        else:
            return None
        finally:
            backend.close()


def _handed_over(backend: ChannelBackend, message: Ready) -> HandedOver:
    try:
        return HandedOver(message, backend.send(message.message))
    except Exception as error:  # noqa: BLE001  (whatever it is, it is recorded with the message)
        return HandedOver(message, error)
