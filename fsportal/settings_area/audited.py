"""What the forms of the Settings area change goes into the audit trail, with before and after.

Django's own log of the admin is written too: the page *History* of a record reads it, and it is kept as long.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.files import File
from django.db import models
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import translation

from fsportal.lib import origin
from fsportal.lib.changes import HIDDEN, MASKED, Changes, bounded, is_secret, plain
from fsportal.models import AuditEntry

# Generic for the type checker only; Django's own class takes no parameters when it runs.
if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


class ChangeMessage(list[Any]):
    """Django's message for its log, which is all that it hands on, with the values."""

    def __init__(self, message: Iterable[Any], changes: Changes) -> None:
        super().__init__(message)
        self.changes = changes


class AuditedForms(_ModelAdmin):
    """A model admin whose saved forms and deletions are in the audit trail."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        message = super().construct_change_message(request, form, formsets, add)
        with translation.override("en"):
            changes = dict(_of_form(form, is_new=add))
            for formset in formsets or ():
                changes |= dict(_of_inlines(formset))
        return ChangeMessage(message, changes)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        note_form(request, obj, "added", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if getattr(message, "changes", True):  # saved as it was
            note_form(request, obj, "changed", message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for record in queryset:
            AuditEntry.note(record, "deleted", by=request.user, changes=_of_record(record))
        return super().log_deletions(request, queryset)


def note_form(request: HttpRequest, record: models.Model, action: str, message: Any) -> None:
    """Note what a form changed; if a verb has noted something about the record, add to that entry what it was."""
    changes = bounded(getattr(message, "changes", {}))
    noted = _noted(record)
    if noted is None:
        AuditEntry.note(record, action, by=request.user, changes=changes)
    elif changes and not noted.changes:
        noted.changes = changes
        noted.save(update_fields=["changes"])


def _noted(record: models.Model) -> AuditEntry | None:
    """Return the last entry about this record that was written in this request."""
    of_record = (record._meta.label_lower, str(record.pk))
    entries: list[AuditEntry] = origin.present().noted
    for entry in reversed(entries):
        kind = entry.subject_type
        if kind and (f"{kind.app_label}.{kind.model}", entry.subject_id) == of_record:
            return entry
    return None


# --- Before and after -------------------------------------------------------------------------------------------------
def _of_form(form: BaseForm, *, is_new: bool = False) -> Iterator[tuple[str, list[Any]]]:
    for name in form.changed_data:
        if is_secret(name) or name not in form.fields:
            yield name, MASKED
            continue
        field, after = form.fields[name], form.cleaned_data.get(name)
        before = None if is_new else form.get_initial_for_field(field, name)
        yield name, _pair(field, before, after)


def _pair(field: Any, before: Any, after: Any) -> list[Any]:
    """Return what was and what is; of several records or choices only those that went and those that came."""
    if _is_many(before) or _is_many(after):
        before, after = (list(value or ()) if _is_many(value) or not value else [value] for value in (before, after))
        was, now = _names(field, before), _names(field, after)
        return [[one for one in was if one not in now], [one for one in now if one not in was]]
    if hasattr(field, "queryset") and before not in (None, "") and not isinstance(before, models.Model):
        before = field.queryset.model._default_manager.filter(**{field.to_field_name or "pk": before}).first() or before
    if isinstance(before, File) or isinstance(after, File):  # to ask a stored file for more than its type opens it
        return [HIDDEN if before else None, HIDDEN if after else None]
    return [plain(before), plain(after)]


def _is_many(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, models.QuerySet))


def _names(field: Any, members: Iterable[Any]) -> list[str]:
    """Return what members are called; a form may know them by their keys."""
    members = list(members)
    keys = [one for one in members if not isinstance(one, models.Model)]
    if hasattr(field, "queryset") and keys:
        found = field.queryset.model._default_manager.filter(**{f"{field.to_field_name or 'pk'}__in": keys})
        members = [*(one for one in members if isinstance(one, models.Model)), *found]
    return sorted(str(one) for one in members)


def _of_inlines(formset: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yield the changes of the records of an inline, each field with what the record is called before it."""
    for form in formset.forms:
        record = form.instance
        if record in formset.deleted_objects:
            yield _called(record), [plain(str(record)), None]
        elif record in formset.new_objects or any(record == changed for changed, _fields in formset.changed_objects):
            is_new = record in formset.new_objects
            for name, pair in _of_form(form, is_new=is_new):
                if name not in (formset.fk.name, formset._pk_field.name):  # noqa: SLF001  (Django's own is not public)
                    yield f"{_called(record)}: {name}", pair


def _called(record: models.Model) -> str:
    return f"{record._meta.verbose_name} “{str(record)[:60]}”"


def _of_record(record: models.Model) -> Changes:
    """Return what a record held before it is deleted."""
    held: Changes = {}
    for field in record._meta.concrete_fields:
        value = getattr(record, field.attname)
        if field.primary_key or not field.editable or value in (None, "", [], {}):
            continue
        held[field.name] = list(MASKED) if is_secret(field.name) else [plain(value), None]
    return held
