"""Technicians, about their own visits."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.staff_cards.kinds import ASSIGNED, FILE, MOVED, OFF
from bookings.staff_cards.texts import buttons, details_of, to_visit, visit_words
from fsportal.lib.text import one_line
from fsportal.models import User
from notifications.inapp import staff_cards
from notifications.models import AppNotification, IconType

if TYPE_CHECKING:
    from bookings.models import Booking, Resource


def scheduled(booking: "Booking", *, by: User | None) -> None:
    """Tell the technician that a visit is theirs."""
    _tell_technician(ASSIGNED, booking, booking.resource, by, _assigned)


def assigned(booking: "Booking", before: "Resource", *, by: User | None) -> None:
    """Tell the new technician that the visit is theirs, and the one before that it is not any more."""
    if before.user_id is not None:
        _take_back(booking)
        _tell_technician(OFF, booking, before, by, lambda: _("Not yours any more: %(visit)s"))
    if booking.resource.user is not None:
        staff_cards.withdraw(OFF, booking, [booking.resource.user])  # it may have been theirs before
    _tell_technician(ASSIGNED, booking, booking.resource, by, _assigned)


def moved(booking: "Booking", *, by: User | None) -> None:
    """Tell the technician the new time. Whose card about the visit as a new one is still unread gets that renewed."""
    if booking.resource.user_id is None:
        return
    unread = AppNotification.objects.live(timezone.now()).unseen()
    unread = unread.filter(kind=ASSIGNED, regarding_id=booking.pk, owner=booking.resource.user_id)
    if unread.exists():
        scheduled(booking, by=by)
    else:
        _tell_technician(MOVED, booking, booking.resource, by, lambda: _("New time: %(visit)s"))


def canceled(booking: "Booking", *, by: User | None) -> None:
    """Tell the technician that the visit is off; that it was theirs, or moved, is no news any more."""
    if booking.resource.user_id is None:
        return
    _take_back(booking)
    _tell_technician(OFF, booking, booking.resource, by, lambda: _("Canceled: %(visit)s"))


def imported(resources: "dict[Resource, Counter[str]]", file_name: str, *, by: User | None) -> None:
    """Tell each technician once what a file did to their visits: how many are new, moved, off."""
    # In one order, whatever the file's: two imports at once wait for each other, and never both.
    for resource, counts in sorted(resources.items(), key=lambda item: item[0].pk):
        if resource.user is None or resource.user == by:
            continue
        with translation.override(settings.LANGUAGE_CODE):
            title = ngettext("%(count)d visit of yours changed", "%(count)d visits of yours changed", counts.total())
            staff_cards.tell(
                FILE,
                [resource.user],
                resource,
                title=title % {"count": counts.total()},
                body=_("%(what)s (file “%(file)s”)") % {"what": _counted(counts), "file": one_line(file_name, 100)},
            )


def _counted(counts: Counter[str]) -> str:
    words = {
        ASSIGNED: ngettext("%(count)d given to you", "%(count)d given to you", counts[ASSIGNED]),
        MOVED: ngettext("%(count)d moved", "%(count)d moved", counts[MOVED]),
        OFF: ngettext("%(count)d off", "%(count)d off", counts[OFF]),
    }
    return ", ".join(text % {"count": counts[name]} for name, text in words.items() if counts[name])


def _assigned() -> str:
    return _("Yours now: %(visit)s")


def _tell_technician(kind: str, booking: "Booking", resource: "Resource", by: User | None, title: Any) -> None:
    user = resource.user
    # What is over is history, as in a file of last year's visits.
    if user is None or user == by or booking.end <= timezone.now():
        return
    with translation.override(settings.LANGUAGE_CODE):
        staff_cards.tell(
            kind,
            [user],
            booking,
            title=title() % {"visit": visit_words(booking)},
            body=details_of(booking),
            icon_type=IconType.WARNING if kind == OFF else IconType.INFO,
            # A technician without the Settings area has no page to go to; the card says it all.
            actions=buttons(to_visit(booking)) if user.is_staff else None,
        )


def _take_back(booking: "Booking") -> None:
    for kind in (ASSIGNED, MOVED):
        staff_cards.withdraw(kind, booking)
