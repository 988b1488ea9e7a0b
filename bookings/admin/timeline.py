"""The whole story of a booking: changes, messages sent and not sent, links opened, actions on its codes."""

import datetime as dt
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from bookings.availability.conflicts import ConflictKind
from bookings.messages import queue
from bookings.models import (
    Booking,
    BookingChange,
    BookingNotificationCode,
    BookingStatus,
    CustomerNote,
    Feedback,
    Verb,
    Wish,
)
from fsportal.lib.choice_labels import choice_label
from fsportal.models import AuditEntry
from fsportal.settings_area.parts import (
    ATTENTION,
    FAILED,
    GOOD,
    QUIET,
    WAITING,
    change_url,
    site_moment,
)
from fsportal.settings_area.story import Entry
from notifications.admin.message_story import message_entry
from notifications.models import CustomerNotification, Reason

TONES = {
    Verb.CANCEL: FAILED,
    Verb.COMPLETE: GOOD,
    Verb.TRAVEL: WAITING,
    Verb.START: WAITING,
    Verb.CONFIRM: GOOD,
    Verb.DECLINE: ATTENTION,
}
RATING_TONES = {1: FAILED, 2: FAILED, 3: ATTENTION, 4: GOOD, 5: GOOD}
#: What a technician is doing, in the words their phone uses.
STATES = {
    BookingStatus.TRAVELING: gettext_lazy("On the way"),
    BookingStatus.IN_PROGRESS: gettext_lazy("Working"),
    BookingStatus.ON_BREAK: gettext_lazy("On a break"),
}
STATUS_TONES = {
    BookingStatus.SCHEDULED: QUIET,
    BookingStatus.TRAVELING: WAITING,
    BookingStatus.ON_BREAK: ATTENTION,
    BookingStatus.IN_PROGRESS: WAITING,
    BookingStatus.COMPLETED: GOOD,
    BookingStatus.CANCELED: FAILED,
}


#: What the entry for a change names.
OF_CHANGE = ("by", "contact", "old_resource", "new_resource")


def story(booking: Booking) -> list[Entry]:
    """Return everything that happened to `booking`, newest first; the number of queries does not grow with it."""
    codes = list(booking.codes.select_related("contact"))
    entries = [
        *(changed(change, booking) for change in _changes(booking)),
        *(_message(message, booking) for message in _messages(booking)),
        *(entry for code in codes for entry in _opened(code, booking)),
        *_audited(codes, booking),
        *_asked(booking),
        *(_note(note, booking) for note in booking.customer_notes.select_related("contact", "handled_by")),
        *(_feedback(feedback, booking) for feedback in booking.feedback.select_related("contact")),
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _changes(booking: Booking) -> Any:
    return booking.changes.select_related(*OF_CHANGE)


def changed(change: BookingChange, booking: Booking, title: str = "", url: str = "") -> Entry:
    """Return the entry for a change, by default under the name of its verb."""
    lines = []
    if change.old_start and change.old_start != change.new_start:
        old, new = (site_moment(moment, booking.zone_name) for moment in (change.old_start, change.new_start))
        lines.append(_("From %(old)s to %(new)s") % {"old": old, "new": new})
    before, told = change.old_told_time, change.new_told_time
    if told and told.until and told != before:
        words = told.words(booking.zone_name, get_language() or "en")
        lines.append(_("The customer is told: %(when)s") % {"when": words})
    elif before and before.until and told != before:
        lines.append(_("The customer is told the minute."))
    if change.old_resource and change.old_resource_id != change.new_resource_id:
        lines.append(_("From %(old)s to %(new)s") % {"old": change.old_resource, "new": change.new_resource})
    if change.despite:
        kinds_accepted = ", ".join(
            str(ConflictKind(kind).label) for kind in change.despite.split() if kind in ConflictKind.values
        )
        lines.append(_("In spite of: %(what)s") % {"what": kinds_accepted})
    if change.why:
        lines.append(_("Why: %(why)s") % {"why": change.why})
    if change.untold:
        lines.append(_("Nobody was told: %(why)s") % {"why": _reason(change.untold)})
    return Entry(
        change.at,
        site_moment(change.at, booking.zone_name),
        TONES.get(Verb(change.verb), QUIET),
        title or choice_label(change, "verb"),
        # Customers go by their contact's name: staff know it, and whoever came by a link has no user.
        _by(change.contact or change.by, choice_label(change, "via")),
        lines,
        url,
    )


def _messages(booking: Booking) -> Any:
    return CustomerNotification.objects.regarding(booking).select_related("contact", "asked_by")


def _message(message: CustomerNotification, booking: Booking) -> Entry:
    way = _("Tell now") if queue.is_asked_for(message.dedupe_key) else _("sent again")
    at = message.finished_at or message.created_at
    return message_entry(message, at, lambda moment: site_moment(moment, booking.zone_name), way)


def _reason(value: str) -> str:
    return str(Reason(value).label) if value in Reason.values else value


def _opened(code: BookingNotificationCode, booking: Booking) -> list[Entry]:
    if code.first_opened_at is None or code.last_opened_at is None:
        return []
    first = _("Link opened by %(whom)s") % {"whom": code.contact.name}
    entries = [_at(code.first_opened_at, first, booking, GOOD, code)]
    if code.times_opened > 1:
        last = _("Link opened by %(whom)s, for the last time of %(times)d") % {
            "whom": code.contact.name,
            "times": code.times_opened,
        }
        entries.append(_at(code.last_opened_at, last, booking, GOOD, code))
    return entries


def _at(at: dt.datetime, title: str, booking: Booking, colour: str, code: BookingNotificationCode) -> Entry:
    return Entry(at, site_moment(at, booking.zone_name), colour, title, url=change_url(code))


def _asked(booking: Booking) -> list[Entry]:
    if booking.asked_at is None:
        return []
    when = site_moment(booking.asked_at, booking.zone_name)
    return [Entry(booking.asked_at, when, QUIET, _("Asked whether the time suits"), _("System"))]


def _audited(codes: list[BookingNotificationCode], booking: Booking) -> list[Entry]:
    """Return the actions on all codes of the booking, from one query."""
    whose = {str(code.pk): code for code in codes}
    kind = ContentType.objects.get_for_model(BookingNotificationCode)
    entries = AuditEntry.objects.filter(subject_type=kind, subject_id__in=whose).select_related("by")
    return [_audit_entry(entry, whose[entry.subject_id], booking) for entry in entries]


def _audit_entry(entry: AuditEntry, code: BookingNotificationCode, booking: Booking) -> Entry:
    title = _("Code of %(whom)s: %(action)s") % {"whom": code.contact.name, "action": entry.action}
    when = site_moment(entry.at, booking.zone_name)
    return Entry(
        entry.at, when, QUIET, title, _by(entry.by, _("System")), [entry.why] if entry.why else [], change_url(code)
    )


def _note(note: CustomerNote, booking: Booking) -> Entry:
    lines = [note.text] if note.text else []
    if note.handled_at:
        when = site_moment(note.handled_at, booking.zone_name)
        lines.append(_("Seen to by %(whom)s, %(when)s") % {"whom": note.handled_by or _("somebody"), "when": when})
    waiting = note.handled_at is None and note.wish != Wish.NOTE
    return Entry(
        note.written_at,
        site_moment(note.written_at, booking.zone_name),
        ATTENTION if waiting else QUIET,
        choice_label(note, "wish"),
        _by(note.contact, _("Customer portal")),
        lines,
        change_url(note),
    )


def _feedback(feedback: Feedback, booking: Booking) -> Entry:
    return Entry(
        feedback.given_at,
        site_moment(feedback.given_at, booking.zone_name),
        RATING_TONES[feedback.rating],
        _("Feedback: %(rating)d of 5") % {"rating": feedback.rating},
        _by(feedback.contact, _("Customer portal")),
        [feedback.comment] if feedback.comment else [],
        change_url(feedback),
    )


def _by(user: Any, way: str) -> str:
    return f"{user}, {way}" if user else way
