"""Where each floor says what is not well. Whoever asks (a load balancer, `manage.py healthcheck`) hears all of it."""

from collections.abc import Callable, Iterable

#: Returns one plain sentence per problem, none when all is well. May raise: that is a problem too.
Probe = Callable[[], Iterable[str]]

CACHE = "The cache"

_probes: dict[str, Probe] = {}


def register(name: str, probe: Probe) -> None:
    """Add a probe under a name that its failure is reported by; registering a name again replaces it."""
    _probes[name] = probe


def problems() -> list[str]:
    """Return what is not well, in the order in which the floors registered; empty when all is well."""
    return [problem for name in _probes for problem in problems_of(name)]


def problems_of(name: str) -> list[str]:
    """Return what one probe says."""
    try:
        return list(_probes[name]())
    except Exception as error:  # noqa: BLE001 - whatever breaks while looking is what the asker wants to know
        # Only the kind of error: its text may hold a host name or a password from a URL.
        return [f"{name} does not answer ({type(error).__name__})."]
