"""F2: two machines deliver from one database, and one of them is lost in mid-delivery."""

from collections.abc import Callable
from pathlib import Path

from tests.faults import promise
from tests.faults.test_f01_sigkill import DELIVERING
from tests.servers import SmtpSink, TwilioServer
from tests.test_start import Started, eventually

#: One installation has one key, whichever machine it runs on.
SECRET_KEY = "of-both-machines-" + "x" * 50


def test_two_machines_send_each_message_once_and_one_goes_on_alone(
    start: Callable[..., Started], database_url: str, tmp_path: Path, size: Callable[[int, int], int]
) -> None:
    number = size(60, 600)
    with SmtpSink() as smtp, TwilioServer() as twilio:
        smtp.delay = twilio.delay = 0.05
        machines = []
        for name in ("first", "second"):
            live = {"DELIVERY_MODE": "live", "EMAIL_URL": smtp.url, "SMS_URL": twilio.sms_url}
            live |= {"SECRET_KEY": SECRET_KEY, "EMAIL_FROM": f"{name}@example.com"}
            machine = start("--worker", folder=tmp_path / name, **live)
            machine.wait_until_ready()
            machines.append(machine)

        def senders() -> set[str]:
            return {str(envelope.mail_from) for envelope in smtp.envelopes}

        first, second = machines
        seeded = first.run("-m", "tests.faults.company", str(number))
        assert seeded.returncode == 0, seeded.stderr
        eventually(lambda: promise.has_ended(database_url), "everything is sent")
        outbox = promise.rows(database_url)
        assert len(outbox) == 2 * number
        promise.check(outbox, smtp.messages, twilio.messages)  # nothing crashed: each message came once, and for sure

        before = len(smtp.envelopes)
        seeded = first.run("-m", "tests.faults.company", str(number), str(number))
        assert seeded.returncode == 0, seeded.stderr
        eventually(lambda: "second@example.com" in {str(one.mail_from) for one in smtp.envelopes[before:]}, "it sends")
        second.clean_up()
        # The first machine has its own messages on the way, so nobody ages leases: it waits until they lapse.
        eventually(lambda: promise.has_ended(database_url), "the other machine's messages are taken over")
        assert senders() == {"first@example.com", "second@example.com"}
    outbox = promise.rows(database_url)
    assert len(outbox) == 4 * number
    promise.check(outbox, smtp.messages, twilio.messages, crashes=DELIVERING)
    copies = len(smtp.messages) - len({mail["Message-ID"] for mail in smtp.messages})
    print(f"{len(outbox)} messages, {copies} copies: {dict(promise.states(database_url))}")
