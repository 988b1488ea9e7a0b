"""Names of what messages are about, for many at once. The apps above register how their records are called."""

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType

from notifications.models import CustomerNotification


@dataclass(frozen=True)
class SubjectName:
    """What a message is about, in two parts: what tells it from others, and more about it."""

    name: str
    about: str = ""


#: Returns names by key, in one statement; records that are gone have none.
Names = Callable[[Collection[uuid.UUID]], dict[uuid.UUID, SubjectName]]

_names: dict[str, Names] = {}


def register(label: str, names: Names) -> None:
    """Let records of this model ("app.model") be named by `names`."""
    _names[label] = names


def subject_names(
    notifications: Iterable[CustomerNotification], labels: Callable[[str], bool]
) -> dict[tuple[int | None, uuid.UUID], SubjectName]:
    """Return the names of what these messages are about, by type and key, of the models that `labels` lets through."""
    keys: dict[int | None, set[uuid.UUID]] = {}
    for notification in notifications:
        if notification.regarding_id:
            keys.setdefault(notification.regarding_type_id, set()).add(notification.regarding_id)
    return {
        (kind, key): name
        for kind, some in keys.items()
        if kind and (label := label_of(kind)) in _names and labels(label)
        for key, name in _names[label](some).items()
    }


def label_of(kind: int) -> str:
    found = ContentType.objects.get_for_id(kind)
    return f"{found.app_label}.{found.model}"
