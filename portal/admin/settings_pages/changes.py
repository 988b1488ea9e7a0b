"""What was changed in the settings: kept in the audit trail as values before and after, and shown in words."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import Reminder
from fsportal.models import AuditEntry, Contact, PortalSettings, User
from fsportal.models.consent import Channel
from fsportal.settings_area.parts import company_moment, masked_address
from portal.admin.settings_pages.form import PortalSettingsForm
from portal.admin.settings_pages.subjects import Subject

ACTION = "settings changed"
#: The name under which the further reminders stand among the changes; they are rows of their own.
REMINDERS = "reminders"
#: Entries that the history of a page shows.
SHOWN = 20
PICTURE, OTHER_PICTURE = "picture", "another picture"


def stored_value(value: Any) -> Any:
    """Return a field's value in a type of JSON. People are named by their keys: names are looked up when shown."""
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, FieldFile):
        return PICTURE if value else ""
    if isinstance(value, list | tuple | models.QuerySet):
        return sorted(str(getattr(one, "pk", one)) for one in value)
    return value


def before_of(form: PortalSettingsForm) -> dict[str, Any]:
    """Return what is stored of the fields that were changed."""
    return {name: form.initial.get(name) for name in form.changed_data}


def note(record: PortalSettings, form: PortalSettingsForm, reminders: list[Any], *, by: User) -> None:
    """Write into the audit trail what a page has saved; `reminders` are the further ones before and after."""
    changes: dict[str, list[Any]] = {}
    for name, before in before_of(form).items():
        values = [stored_value(before), stored_value(form.cleaned_data.get(name))]
        if isinstance(record._meta.get_field(name), models.FileField):
            values = [PICTURE if before else "", _kept_picture(record, name, had_one=bool(before))]
        elif name == "guest_list":
            values = [[masked_address(line) for line in str(value or "").splitlines()] for value in values]
        elif isinstance(record._meta.get_field(name), models.ForeignKey):
            values[0] = str(before) if before else None
        # The last digits of two addresses may be alike: the list was changed all the same.
        if values[0] != values[1] or name == "guest_list":
            changes[name] = values
    if reminders[0] != reminders[1]:
        changes[REMINDERS] = reminders
    if changes:
        AuditEntry.note(record, ACTION, by=by, changes=changes)


def _kept_picture(record: PortalSettings, name: str, *, had_one: bool) -> str:
    if not getattr(record, name):
        return ""
    return OTHER_PICTURE if had_one else PICTURE


def reminder_words() -> list[str]:
    """Return the further reminders, one line each."""
    return [_reminder_line(reminder) for reminder in Reminder.objects.all()]


def _reminder_line(reminder: Reminder) -> str:
    parts = [lead_words(reminder)]
    if reminder.channel:
        parts.append(str(Channel(reminder.channel).label))
    if reminder.at is not None:
        clock = {"time": f"{reminder.at:%H:%M}"}
        parts.append(
            _("at %(time)s in the zone of the place") % clock if reminder.in_site_zone else _("at %(time)s UTC") % clock
        )
    if reminder.asks:
        parts.append(_("asks for confirmation"))
    if reminder.only_unconfirmed:
        parts.append(_("only if not confirmed yet"))
    if not reminder.is_on:
        parts.append(_("off"))
    return ", ".join(parts)


def lead_words(reminder: Reminder) -> str:
    """Return how long before the visit a reminder goes: "1 day 2 hours before"."""
    parts = []
    if reminder.lead_days:
        days = reminder.lead_days
        parts.append(ngettext("%(number)d day", "%(number)d days", days) % {"number": days})
    if reminder.lead_hours:
        hours = reminder.lead_hours
        parts.append(ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours})
    return _("%(span)s before") % {"span": " ".join(parts)}


# --- In words ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ChangedField:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class HistoryEntry:
    """One saving, with what it changed on one page."""

    when: str
    who: str
    fields: list[ChangedField]


def history(record: PortalSettings, subject: Subject) -> list[HistoryEntry]:
    """Return who changed which field of a page from what to what, the newest first."""
    names = [*subject.fields, *([REMINDERS] if subject.has_reminders else [])]
    entries = list(AuditEntry.of(record).filter(action=ACTION, changes__has_any_keys=names)[:SHOWN])
    people = _people(values for entry in entries for values in entry.changes.values())
    return [
        HistoryEntry(
            company_moment(entry.at),
            entry.by_whom,
            [
                ChangedField(label_of(name), *(words_of(name, value, people) for value in entry.changes[name]))
                for name in names
                if name in entry.changes
            ],
        )
        for entry in entries
    ]


def _people(changes: Iterable[Any]) -> dict[str, str]:
    """Return the names of the contacts and users who are named by their keys."""
    found = [one for values in changes for value in values for one in (value if isinstance(value, list) else [value])]
    keys = {one for one in found if isinstance(one, str) and len(one) == 36 and one.count("-") == 4}
    if not keys:
        return {}
    contacts = {str(pk): name for pk, name in Contact.objects.filter(pk__in=keys).values_list("pk", "name")}
    return contacts | {str(user.pk): str(user) for user in User.objects.filter(pk__in=keys)}


def label_of(name: str) -> str:
    """Return a field's name for people."""
    if name == REMINDERS:
        return _("Further reminders")
    try:
        return capfirst(str(getattr(PortalSettings._meta.get_field(name), "verbose_name", name)))
    except FieldDoesNotExist:  # it was renamed since
        return name


def words_of(name: str, value: Any, people: Mapping[str, str]) -> str:
    """Return a stored value in words."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if isinstance(value, list):
        return ", ".join(words_of(name, one, people) for one in value)
    if name in ("logo", "logo_dark"):
        return _("another picture") if value == OTHER_PICTURE else _("a picture")
    if name in ("fallback_contact", "on_call"):
        return people.get(value) or _("somebody who is no longer there")
    try:
        choices = dict(PortalSettings._meta.get_field(name).flatchoices)  # type: ignore[union-attr]
    except (FieldDoesNotExist, AttributeError):
        choices = {}
    return str(choices.get(value, value))
