"""Cards for technicians about their own visits."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import Resource, VerbDone
from bookings.staff_cards.kinds import ASSIGNED, FILE, MOVED, OFF
from bookings.staff_cards.texts import buttons, details_of, to_visit, visit_words
from fsportal.lib.text import one_line
from fsportal.models import User
from notifications.inapp import staff_cards
from notifications.models import AppNotification, IconType


def scheduled(done: VerbDone) -> None:
    _tell_technician(ASSIGNED, done, done.booking.resource, _assigned)


def assigned(done: VerbDone) -> None:
    """Tell the new technician that the visit is theirs, and the previous one that it no longer is."""
    if done.before is not None and done.before.resource.user_id is not None:
        _tell_technician(OFF, done, done.before.resource, lambda: _("Not yours any more: %(visit)s"))
    _tell_technician(ASSIGNED, done, done.booking.resource, _assigned)


def moved(done: VerbDone) -> None:
    """Tell the technician the new time. If the card that gave them the visit is still unread, renew that one."""
    resource = done.booking.resource
    unread = AppNotification.objects.live(timezone.now()).unseen()
    unread = unread.filter(kind=ASSIGNED, regarding_id=done.booking.pk, owner=resource.user_id)
    if unread.exists():
        scheduled(done)
    else:
        _tell_technician(MOVED, done, resource, lambda: _("New time: %(visit)s"))


def canceled(done: VerbDone) -> None:
    """Tell the technician that the visit is off."""
    _tell_technician(OFF, done, done.booking.resource, lambda: _("Canceled: %(visit)s"))


def reopened(done: VerbDone) -> None:
    """Tell the technician that a visit of theirs is open again, also one whose time has passed."""
    staff_cards.withdraw(OFF, done.booking)
    _tell_technician(ASSIGNED, done, done.booking.resource, lambda: _("Open again: %(visit)s"), if_over=True)


def imported(resources: dict[Resource, Counter[str]], file_name: str, *, by: User | None) -> None:
    """Tell each technician once how many of their visits a file added, moved or took away."""
    # Always in the same order: two imports at once then wait for each other instead of deadlocking.
    for resource, counts in sorted(resources.items(), key=lambda item: item[0].pk):
        if resource.user is None or resource.user == by:
            continue
        staff_cards.tell(FILE, [resource.user], resource, partial(_changed_by_file, counts, file_name))


def _changed_by_file(counts: Counter[str], file_name: str) -> dict[str, Any]:
    title = ngettext("%(count)d visit of yours changed", "%(count)d visits of yours changed", counts.total())
    file = one_line(file_name, 100)
    return {
        "title": title % {"count": counts.total()},
        "body": _("%(what)s (file “%(file)s”)") % {"what": _counted(counts), "file": file},
    }


def _counted(counts: Counter[str]) -> str:
    words = {
        ASSIGNED: ngettext("%(count)d given to you", "%(count)d given to you", counts[ASSIGNED]),
        MOVED: ngettext("%(count)d moved", "%(count)d moved", counts[MOVED]),
        OFF: ngettext("%(count)d off", "%(count)d off", counts[OFF]),
    }
    return ", ".join(text % {"count": counts[name]} for name, text in words.items() if counts[name])


def _assigned() -> str:
    return _("Yours now: %(visit)s")


def _tell_technician(
    kind: str, done: VerbDone, resource: Resource, title: Callable[[], str], *, if_over: bool = False
) -> None:
    user, booking = resource.user, done.booking
    # A visit that is over is history, as in a file of last year's visits.
    if user is None or user == done.change.by or (booking.end <= timezone.now() and not if_over):
        return

    def words() -> dict[str, Any]:
        return {
            "title": title() % {"visit": visit_words(booking)},
            "body": details_of(booking),
            "icon_type": IconType.WARNING if kind == OFF else IconType.INFO,
            # A technician without the Settings area has no page to open; the card says it all.
            "actions": buttons(to_visit(booking)) if user.is_staff else None,
        }

    staff_cards.tell(kind, [user], booking, words)
