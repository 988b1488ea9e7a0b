"""F14: any process of the product is killed, an idle worker among them, which holds the queue's lock."""

import os
import signal
import socket
import time
from collections.abc import Callable

from tests.faults.product import answers, execute, kill, pids, queue_reminders, states
from tests.test_start import Started, descendants, eventually, is_alive

#: Seconds of the promise: working again, told by health, ended with the launcher.
WORKING_AGAIN, TOLD_WITHIN, ENDED_WITHIN = 60.0, 30.0, 15.0
#: The process, in words of its command line, and the child of the launcher that is started again.
VICTIMS = [("idle", "worker"), ("monitor", "worker"), ("pusher", "worker"), ("qcluster fsportal", "worker")]
FORGET_TASKS = "DELETE FROM fsportal_workerheartbeat WHERE id = 1"
TASKS_RUN = "SELECT count(*) FROM fsportal_workerheartbeat WHERE id = 1"


def test_tasks_run_again_whichever_process_of_the_worker_is_killed(
    start: Callable[..., Started], database_url: str
) -> None:
    portal = start()
    portal.wait_until_ready()
    eventually(lambda: answers(portal)[0] == 200, "all is well")
    for words, name in VICTIMS:
        before = pids(portal, "qcluster")
        began, told = time.monotonic(), sum("had died" in line for line in portal.lines)
        kill(pids(portal, words)[0])
        eventually(lambda told=told: sum("had died" in line for line in portal.lines) > told, f"{name}: it says so")  # type: ignore[misc]
        execute(database_url, FORGET_TASKS)
        eventually(lambda: execute(database_url, TASKS_RUN)[0][0] == 1, f"tasks run again without {words}")
        assert time.monotonic() - began < WORKING_AGAIN
        eventually(lambda before=before: not any(map(is_alive, before)), "nothing of the old worker is left")  # type: ignore[misc]
    eventually(lambda: answers(portal)[0] == 200, "all is well again")
    assert portal.says("A process of the worker was killed by signal 9")


def test_messages_are_delivered_again_seconds_after_their_process_was_killed(
    start: Callable[..., Started], database_url: str
) -> None:
    portal = start("--worker")
    portal.wait_until_ready()
    eventually(lambda: bool(pids(portal, "fsportal: delivery")), "delivery runs")
    kill(pids(portal, "fsportal: delivery")[0])
    eventually(lambda: portal.says("The delivery had died and was started again."), "it says so", within=10)
    queue_reminders(portal, 2)
    eventually(lambda: states(database_url) == {"simulated": 4}, "all are delivered", within=20)


def test_health_says_which_part_has_stopped(
    start: Callable[..., Started], database_url: str, size: Callable[[int, int], int]
) -> None:
    portal = start()
    portal.wait_until_ready()
    eventually(lambda: answers(portal)[0] == 200, "all is well")
    parts = "SELECT count(*) FROM fsportal_workerheartbeat"
    eventually(lambda: execute(database_url, parts)[0][0] == 3, "each part beats")
    # The launcher would bring them back.
    os.kill(portal.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    for pid in [*pids(portal, "qcluster"), *pids(portal, "fsportal: delivery")]:
        kill(pid)
    if not size(0, 1):  # what half a minute makes of them
        eventually(lambda: answers(portal)[0] == 200, "so far nobody can tell")
        execute(database_url, f"UPDATE fsportal_workerheartbeat SET beat_at = {ago(database_url, 26)} WHERE id > 1")
    told = "The worker was last heard of", "The delivery of messages was last heard of"
    eventually(lambda: all(words in answers(portal)[1] for words in told), "health says so", within=TOLD_WITHIN)
    assert time.monotonic() - began < TOLD_WITHIN
    os.kill(portal.process.pid, signal.SIGCONT)
    eventually(lambda: answers(portal)[0] == 200, "both are back", within=WORKING_AGAIN)


def ago(database_url: str, seconds: int) -> str:
    """Return a moment as SQL."""
    if database_url.startswith("postgres"):
        return f"now() - interval '{seconds} seconds'"
    return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{seconds} seconds')"


def test_everything_ends_with_the_launcher_and_the_port_is_free(start: Callable[..., Started]) -> None:
    portal = start()
    portal.wait_until_ready()
    eventually(lambda: answers(portal)[0] == 200, "all is well")
    family = descendants(portal.process.pid)
    assert len(family) >= 8
    kill(portal.process.pid)
    portal.process.wait()
    eventually(lambda: not any(map(is_alive, family)), "all have ended", within=ENDED_WITHIN)
    # A process whose main thread is gone may hold the port until its other threads are.
    eventually(lambda: is_free(portal.port), "the port is free", within=5)


def is_free(port: int) -> bool:
    with socket.socket() as next_one:
        next_one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            next_one.bind(("127.0.0.1", port))
            next_one.listen()
        except OSError:
            return False
    return True
