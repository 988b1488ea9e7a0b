"""F1: every process of the worker is killed again and again while it delivers many messages on both channels."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress

from tests.faults import promise
from tests.servers import SmtpSink, TwilioServer
from tests.test_start import Started, descendants, eventually

Start = Callable[..., Started]
Size = Callable[[int, int], int]
#: Processes of one worker that may deliver at the same moment: the kill cuts off each of them.
DELIVERING = 1


def kill_all_but_the_launcher(started: Started) -> None:
    """Send SIGKILL to every process below `start`, and return when none of them is left."""
    family = descendants(started.process.pid)
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: not family.keys() & descendants(started.process.pid).keys(), "they are dead", 30)


def test_killed_in_mid_delivery_it_loses_nothing_and_sends_no_text_twice(
    start: Start, database_url: str, size: Size
) -> None:
    kills, each = size(2, 12), size(20, 120)
    with SmtpSink() as smtp, TwilioServer() as twilio:
        # Slow enough that a kill nearly always comes between a server's acceptance and our record of it.
        smtp.delay = twilio.delay = 0.05
        worker = start("--worker", DELIVERY_MODE="live", EMAIL_URL=smtp.url, SMS_URL=twilio.sms_url)
        worker.wait_until_ready()
        seeded = worker.run("-m", "tests.faults.company", str(each * (kills + 1)))
        assert seeded.returncode == 0, seeded.stderr

        def received() -> int:
            return len(smtp.messages) + len(twilio.messages)

        for _ in range(kills):
            # On a busy machine all of them may be out before this test looks again.
            enough = min(received() + each, 2 * each * (kills + 1))
            eventually(lambda enough=enough: received() >= enough, "it delivers")  # type: ignore[misc]
            kill_all_but_the_launcher(worker)
            promise.let_leases_lapse(database_url)
        eventually(lambda: promise.has_ended(database_url), "nothing is left to do")
    outbox = promise.rows(database_url)
    assert len(outbox) == 2 * each * (kills + 1)
    promise.check(outbox, smtp.messages, twilio.messages, crashes=kills * DELIVERING)
    print(f"{kills} kills, {len(outbox)} messages: {dict(promise.states(database_url))}")
