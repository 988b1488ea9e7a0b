"""F6: the clock is set back. What was noted for a time that is now far off goes on within a minute.

The clock of the machine is not touched: rows that lie in the future are what it leaves behind.
"""

import time
from collections.abc import Callable

from tests.faults.product import answers, execute, queue_reminders, states
from tests.test_start import Started, eventually

GOES_ON_WITHIN = 60.0


def later(database_url: str, column: str) -> str:
    """Return that column three hours later, as SQL."""
    if database_url.startswith("postgres"):
        return f"{column} = {column} + interval '3 hours'"
    return f"{column} = strftime('%Y-%m-%d %H:%M:%f', {column}, '+3 hours')"


def test_schedules_tasks_and_messages_go_on_after_the_clock_was_set_back(
    start: Callable[..., Started], database_url: str
) -> None:
    portal = start()
    portal.wait_until_ready()
    eventually(lambda: answers(portal)[0] == 200, "all is well")
    began = time.monotonic()
    for table, column in (
        ("django_q_schedule", "next_run"),
        ("django_q_ormq", "lock"),
        ("fsportal_workerheartbeat", "beat_at"),
    ):
        execute(database_url, f"UPDATE {table} SET {later(database_url, column)}")
    told = "The worker was last heard of 179 minutes in the future; see whether this machine's clock is right.\n"
    eventually(lambda: answers(portal) == (503, told), "health says so", within=30)
    # The heartbeat is a task of a schedule: it comes when the schedules go on.
    eventually(lambda: answers(portal)[0] == 200, "the schedules go on", within=GOES_ON_WITHIN)
    assert time.monotonic() - began < GOES_ON_WITHIN
    queue_reminders(portal, 1)
    eventually(lambda: states(database_url) == {"simulated": 2}, "messages are delivered", within=20)
