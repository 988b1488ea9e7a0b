"""How long something takes, whatever else the machine is doing."""

import time
from collections.abc import Callable

TRIES = 3


def least_cpu_seconds(work: Callable[[], object], *, enough: float = 0) -> float:
    """Return the processor time of the quickest of a few tries: neighbours on the same core slow some, not all.

    A try below `enough` seconds is the last.
    """
    least = float("inf")
    for _try in range(TRIES):
        begun = time.process_time()
        work()
        least = min(least, time.process_time() - begun)
        if least < enough:
            break
    return least
