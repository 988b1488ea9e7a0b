"""Registry of health probes, for load balancers, `manage.py healthcheck` and the health page."""

from collections.abc import Callable, Iterable

from fsportal.lib import disks

#: Yields one plain sentence per problem. May raise, which counts as a problem.
Probe = Callable[[], Iterable[str]]

CACHE = "The cache"
WORKER = "The worker's heartbeat"
DISKS = "The disk"

_probes: dict[str, Probe] = {}


def register(name: str, probe: Probe) -> None:
    """Add a probe under the name by which its failure is reported; the same name again replaces it."""
    _probes[name] = probe


def problems() -> list[str]:
    """Return all problems, in the order in which the probes were registered."""
    return [problem for name in _probes for problem in problems_of(name)]


def names() -> list[str]:
    return list(_probes)


def problems_of(name: str) -> list[str]:
    try:
        return list(_probes[name]())
    except Exception as error:  # noqa: BLE001  (whatever breaks in a probe is a problem to report)
        if disks.is_about_full_disk(error):
            return [f"{name} cannot be written: the disk is full."]
        # Only the type of the error: its text may hold a host name or a password from a URL.
        return [f"{name} does not answer ({type(error).__name__})."]
