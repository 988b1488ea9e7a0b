"""F12: SIGTERM while messages go out, and while a mail server does not answer."""

import asyncio
import signal
import socket
from collections import Counter
from collections.abc import Callable

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.faults.product import queue_reminders, states
from tests.servers import SmtpSink, TwilioServer
from tests.test_start import Started, descendants, eventually, is_alive

#: Seconds of the promise.
STOPPED_WITHIN = 10.0


class SlowSmtp(SmtpSink):
    """A mail server that takes its time over each message."""

    async def handle_DATA(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await asyncio.sleep(0.2)
        return await super().handle_DATA(server, session, envelope)


def test_what_was_not_sent_is_given_back_and_goes_out_after_the_next_start(
    start: Callable[..., Started], database_url: str, size: Callable[[int, int], int]
) -> None:
    visits = size(150, 1500)
    with SlowSmtp() as smtp, TwilioServer() as twilio:
        environment = {"DELIVERY_MODE": "live", "EMAIL_URL": smtp.url, "SMS_URL": twilio.sms_url}
        portal = start(**environment)
        portal.wait_until_ready()
        queue_reminders(portal, visits)
        eventually(lambda: len(smtp.messages) > 10, "messages go out")
        family = descendants(portal.process.pid)
        assert portal.stop(signal.SIGTERM) < STOPPED_WITHIN
        assert portal.process.returncode == 0
        assert not any(map(is_alive, family))
        left = states(database_url)
        assert left["queued"] > 0, "it was stopped in the middle"
        assert left.keys() <= {"queued", "sent"}, "nothing waits for a lease, nothing is uncertain"
        again = start("--worker", **environment)
        eventually(lambda: states(database_url) == {"sent": 2 * visits}, "the rest goes out")
        assert again.stop(signal.SIGTERM) < STOPPED_WITHIN
    assert Counter(mail["Message-ID"] for mail in smtp.messages).most_common(1)[0][1] == 1
    assert (len(smtp.messages), len(twilio.messages)) == (visits, visits)


def test_a_server_that_never_answers_does_not_hold_it_up(start: Callable[..., Started], database_url: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(100)
        portal = start(DELIVERY_MODE="live", EMAIL_URL=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        portal.wait_until_ready()
        queue_reminders(portal, 5)
        eventually(lambda: states(database_url)["sending"] > 0, "it waits for the server")
        assert portal.stop(signal.SIGTERM) < STOPPED_WITHIN
        assert portal.process.returncode == 0
