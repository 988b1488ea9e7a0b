"""How much work something is for the processor, whatever else the machine is doing."""

import time
from collections.abc import Callable

TRIES = 3
#: What `_yardstick` takes on an idle core of an ordinary server.
YARDSTICK_SECONDS = 0.01


def least_cpu_seconds(work: Callable[[], object], *, enough: float = 0) -> float:
    """Return the processor time of the quickest of a few tries, in seconds of an ordinary, idle core.

    Each try is measured against a fixed piece of work right before and after it: a slow machine and neighbours on the
    same core slow down both. A try below `enough` seconds is the last.
    """
    least = float("inf")
    for _try in range(TRIES):
        before, taken, after = (_cpu_seconds(each) for each in (_yardstick, work, _yardstick))
        least = min(least, taken / ((before + after) / 2) * YARDSTICK_SECONDS)
        if least < enough:
            break
    return least


def _cpu_seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _yardstick() -> None:
    # What text costs: dictionaries, strings, calls.
    seen: dict[str, int] = {}
    for number in range(60_000):
        word = str(number % 997)
        seen[word] = seen.get(word, 0) + len(word)
