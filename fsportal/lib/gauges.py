"""Registry of gauges for `/metrics`: numbers that are worked out when somebody asks (docs/monitoring.md)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

#: By the values of the labels.
Values = dict[tuple[str, ...], float]


@dataclass(frozen=True)
class Gauge:
    """One number, or one for each combination of labels. Its name has its unit at its end, as Prometheus asks."""

    name: str
    says: str
    labels: tuple[str, ...] = ()
    values: Values = field(default_factory=dict)


#: Yields gauges. It is asked every few seconds, so it must not count a big table.
Collect = Callable[[], Iterable[Gauge]]

_collectors: dict[str, Collect] = {}


def register(name: str, collect: Collect) -> None:
    """Add gauges under a name; the same name again replaces them."""
    _collectors[name] = collect


def collectors() -> Mapping[str, Collect]:
    return _collectors
