"""F11: nobody delivers for a day. Then what is still true goes out once, and the rest ends with a reason."""

import signal
from collections import Counter
from collections.abc import Callable

from tests.faults import promise
from tests.servers import SmtpSink, TwilioServer
from tests.test_start import Started, eventually

#: By contact: the event, and the state and reason in which its messages end, on both channels.
ENDS = {
    "ahead": ("upcoming", "sent", ""),
    "near-by-now": ("upcoming", "sent", ""),
    "done": ("completed", "sent", ""),
    "begun": ("upcoming", "expired", "too_late"),
    "on-the-way": ("traveling", "expired", "too_late"),
    "canceled": ("upcoming", "superseded", "status_changed"),
}


def ends(database_url: str) -> Counter[tuple[str, str, str, str]]:
    """Count contact, event, state and reason of every message."""
    columns = "c.name, n.event, n.state, n.reason"
    return Counter(
        promise.query(
            database_url,
            f"SELECT {columns} FROM {promise.OUTBOX} n JOIN fsportal_contact c ON c.id = n.contact_id",
        )
    )


def test_after_a_day_what_is_true_goes_out_once_and_the_rest_expires(
    start: Callable[..., Started], database_url: str
) -> None:
    with SmtpSink() as smtp, TwilioServer() as twilio:
        live = {"DELIVERY_MODE": "live", "EMAIL_URL": smtp.url, "SMS_URL": twilio.sms_url}
        worker = start("--worker", **live)
        worker.wait_until_ready()
        worker.stop(signal.SIGTERM)
        left = worker.run("-m", "tests.faults.yesterday")
        assert left.returncode == 0, left.stderr
        assert set(promise.states(database_url)) == {"queued"}
        again = start("--worker", **live)
        again.wait_until_ready()
        eventually(
            lambda: ("near-by-now", "upcoming", "sent", "") in ends(database_url), "the missed reminders are sent"
        )
        eventually(lambda: promise.has_ended(database_url), "nothing is left to do")
    found = ends(database_url)
    for name, end in ENDS.items():
        assert {key: times for key, times in found.items() if key[:2] == (name, end[0])} == {(name, *end): 2}
    promise.check(promise.rows(database_url), smtp.messages, twilio.messages)
    told = Counter(str(mail["To"].addresses[0].username) for mail in smtp.messages)
    assert told == {"ahead": 1, "near-by-now": 1, "done": 1}
    assert len(twilio.messages) == len(told)
