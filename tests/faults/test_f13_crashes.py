"""F13: the delivery process dies at every step, on both sides of each commit and of each handing over."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bookings.models import Booking
from notifications.models import CustomerNotification
from tests.faults import here, promise
from tests.faults.crash import die_at
from tests.servers import SmtpSink, TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

#: A delivery has fewer steps than this, or it does not end.
MOST = 400


class Trial:
    """Crashes of one channel, one step after the other."""

    def __init__(self, channel: str, number: int, smtp: SmtpSink, twilio: TwilioServer, names: Path) -> None:
        self.channel, self.number, self.smtp, self.twilio, self._file = channel, number, smtp, twilio, names
        self.reached: list[str] = []

    @property
    def names(self) -> list[str]:
        return self._file.read_text().splitlines()

    def died_at(self, step: int) -> bool:
        """Begin anew, die at this step, let another process finish, check; returns False if there is no such step."""
        CustomerNotification.objects.all().delete()
        Booking.objects.all().delete()  # the next sweep would remind of them again
        self.smtp.messages.clear()
        self.twilio.messages.clear()
        here.reminders(self.channel, self.number, first=step * self.number)
        if not die_at(step, self._file, here.deliver):
            return False
        self.reached.append(self.names[-1])
        here.deliver_all()
        return True

    def check(self) -> None:
        outbox = here.rows()
        assert len(outbox) == self.number
        promise.check(outbox, self.smtp.messages, self.twilio.messages, crashes=1)


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_message_survives_a_crash_at_every_step(
    smtp: SmtpSink, twilio: TwilioServer, tmp_path: Path, channel: str
) -> None:
    trial = Trial(channel, 1, smtp, twilio, tmp_path / "steps")
    ends: list[str] = []
    while trial.died_at(len(ends)):
        print(f"{len(ends):3} {trial.reached[-1]}: {here.rows()[0].state}")
        trial.check()
        ends.append(here.rows()[0].state)
        assert len(ends) < MOST
    over = [number for number, name in enumerate(trial.reached) if "handing over" in name]
    assert len(over) == 2, "one handing over has two sides"
    # Only between the commit before it and the commit after it can nobody know; at every other step the end is sure.
    unsure = range(over[0] - 1, over[1] + 2) if channel == "sms" else ()
    assert [number for number, end in enumerate(ends) if end == "unknown"] == list(unsure)


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_several_messages_survive_a_crash_at_every_step(
    smtp: SmtpSink, twilio: TwilioServer, tmp_path: Path, channel: str, size: Callable[[int, int], int]
) -> None:
    trial = Trial(channel, size(2, 6), smtp, twilio, tmp_path / "steps")
    every = size(5, 1)
    step = 0
    while trial.died_at(step):
        trial.check()
        step += every
        assert step < MOST
    assert trial.reached
    print(f"{len(trial.reached)} crashes of {trial.number} messages by {channel}")
