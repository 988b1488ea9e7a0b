"""Buttons of the Settings area. Each action is one POST to its own URL, on one record or on many.

An action that has to ask something (why, until when) has a form on a page of its own, so that everything works without
scripts.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fsportal.settings_area.parts import BaseAdmin, change_url

Perform = Callable[[HttpRequest, Any, dict[str, Any]], str]
#: What an action would do to a record, as a part of its page. The data may be incomplete. Changes nothing.
Preview = Callable[[HttpRequest, Any, dict[str, Any]], SafeString]
#: The name of the button that asks for it.
PREVIEW = "preview"
#: The code of an error that is a question rather than a mistake. A preview shows the question without the error.
OPEN_QUESTION = "open_question"


class ActionRefused(Exception):
    """An action cannot be done. The message is shown to the user."""


def refuse_unless(possible: bool) -> None:
    """Raise ActionRefused for a button on an outdated page, whose action is no longer `possible`."""
    if not possible:
        raise ActionRefused(_("That changed nothing: it is done already, or not possible any more."))


class ActionForm(forms.Form):
    """What an action asks for. `record` is None if the action is for many records.

    `remarks` are read before anything is typed: what is unusual about this record.
    """

    remarks: Sequence[Any] = ()

    def __init__(self, *args: Any, record: Any = None, **kwargs: Any) -> None:
        self.record = record
        super().__init__(*args, **kwargs)

    def refuse(self, refusal: Exception) -> None:
        """Show what `perform` refused, beside what was typed."""
        self.add_error(None, str(refusal))


class ConfirmForm(ActionForm):
    """Asks for confirmation only."""


def asked_at(request: HttpRequest) -> dt.datetime | None:
    """Return when the page with the pressed button was made (aware), or None if it does not say.

    It tells a double click from a second wish.
    """
    try:
        moment = dt.datetime.fromisoformat(request.POST.get("asked_at", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


@dataclass(frozen=True)
class RecordAction:
    """One thing that can be done. `perform` returns a sentence for the user (or ""), or raises one of `refusals`."""

    name: str
    label: Any
    perform: Perform
    permission: str
    possible: Callable[[Any], bool] = lambda record: True
    form: type[ActionForm] | None = None
    explains: Any = ""
    tone: str = ""
    bulk: bool = False
    #: Whether the record's page has a button for it.
    alone: bool = True
    #: Returns the URL to go to afterwards; by default the record's own page.
    lands: Callable[[Any], str] = change_url
    preview: Preview | None = None


@dataclass(frozen=True)
class ActionButton:
    action: RecordAction
    url: str

    @property
    def asks(self) -> bool:
        return self.action.form is not None


UNFINISHED = ("required", OPEN_QUESTION)


def forgive_what_is_missing(form: forms.Form) -> None:
    """Keep only the errors of what was typed: whoever looks at a preview has not finished."""
    for name, errors in list(form.errors.as_data().items()):
        if all(error.code in UNFINISHED for error in errors):
            del form.errors[name]


class ActionsAdmin(BaseAdmin):
    """A model admin with actions. `refusals` are the exceptions whose message is shown to the user."""

    record_actions: ClassVar[Sequence[RecordAction]] = ()
    refusals: ClassVar[tuple[type[Exception], ...]] = (ActionRefused,)
    action_template = "admin/action.html"

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]
        meta = self.opts
        name = f"{meta.app_label}_{meta.model_name}_action"
        view = self.admin_site.admin_view(self.record_action_view)
        own = [path("<path:object_id>/do/<slug:name>/", view, name=name)] if self.record_actions else []
        return [*own, *super().get_urls()]

    def buttons(self, request: HttpRequest, record: Any) -> list[ActionButton]:
        """Return the actions that this user may do on this record now."""
        meta = self.opts
        mine = [action for action in self.record_actions if action.alone and request.user.has_perm(action.permission)]
        able = [action for action in mine if action.possible(record)]
        name = f"admin:{meta.app_label}_{meta.model_name}_action"
        return [ActionButton(action, reverse(name, args=[record.pk, action.name])) for action in able]

    def action_details(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """Return more context for an own `action_template`."""
        return {}

    def record_action_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        action = next((action for action in self.record_actions if action.name == name), None)
        record = self.get_object(request, object_id)
        if action is None or record is None:
            raise Http404
        if not request.user.has_perm(action.permission) or not self.has_view_permission(request, record):
            raise PermissionDenied
        if request.method != "POST":
            if action.form is None or request.method != "GET":
                return HttpResponseNotAllowed(["POST"] if action.form is None else ["GET", "POST"])
            return self._action_page(request, action, [record], self._form_of(action, record=record))
        return self._do_one(request, action, record)

    def _form_of(self, action: RecordAction, *args: Any, record: Any = None) -> ActionForm:
        return (action.form or ConfirmForm)(*args, record=record)

    def _do_one(self, request: HttpRequest, action: RecordAction, record: Any) -> HttpResponse:
        form = self._form_of(action, request.POST, request.FILES, record=record)
        if PREVIEW in request.POST or not form.is_valid():
            return self._action_page(request, action, [record], form)
        try:
            said = action.perform(request, record, form.cleaned_data)
        except self.refusals as refusal:
            if action.form is not None and form.visible_fields():
                # Keep what was typed, beside the record as it is now.
                form.refuse(refusal)
                return self._action_page(request, action, [self.get_object(request, str(record.pk))], form)
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            if said:
                self.message_user(request, said, messages.SUCCESS)
            return HttpResponseRedirect(action.lands(record))
        return HttpResponseRedirect(change_url(record))

    def _action_page(
        self, request: HttpRequest, action: RecordAction, records: Iterable[Any], form: ActionForm, bulk_name: str = ""
    ) -> HttpResponse:
        records = list(records)
        asks_only = PREVIEW in request.POST
        if asks_only:
            forgive_what_is_missing(form)
        context = {
            **self.admin_site.each_context(request),
            "title": action.label,
            "opts": self.opts,
            "action": action,
            "form": form,
            "records": records,
            "record": records[0] if len(records) == 1 else None,
            "facts": self.action_facts(records[0]) if len(records) == 1 else [],
            "bulk_name": bulk_name,
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
            "preview": self._preview(request, action, records, form),
            "follows_form": not bulk_name and bool(form.visible_fields()),
            **(self.action_details(request, records[0]) if len(records) == 1 else {}),
        }
        status = 400 if form.errors and not asks_only else 200
        return TemplateResponse(request, self.action_template, context, status=status)

    def _preview(self, request: HttpRequest, action: RecordAction, records: list[Any], form: ActionForm) -> str:
        data = dict(form.cleaned_data) if form.is_bound else {}
        if len(records) == 1 and action.preview is not None:
            return action.preview(request, records[0], data)
        return ""

    def action_facts(self, record: Any) -> list[tuple[Any, Any]]:
        """Return the facts that the page of an action's form repeats."""
        return []

    # --- On many ----------------------------------------------------------------------------------------------------

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = dict(super().get_actions(request))
        for action in self.record_actions:
            if action.bulk and request.user.has_perm(action.permission):
                actions[action.name] = (partial(_bulk, action=action), action.name, action.label)
        return actions

    def do_in_bulk(
        self, request: HttpRequest, queryset: models.QuerySet[Any], action: RecordAction
    ) -> HttpResponse | None:
        """Do one action on many records, once its form is filled in."""
        answered = "action_form" in request.POST
        form = self._form_of(action, *([request.POST] if answered else []))
        if action.form is not None and (PREVIEW in request.POST or not (answered and form.is_valid())):
            return self._action_page(request, action, queryset, form, bulk_name=action.name)
        self._do_many(request, action, queryset, form.cleaned_data if answered and form.is_valid() else {})
        return None

    def _do_many(
        self, request: HttpRequest, action: RecordAction, queryset: models.QuerySet[Any], data: dict[str, Any]
    ) -> None:
        done, left = 0, 0
        for record in queryset:
            try:
                if not action.possible(record):
                    raise ActionRefused
                action.perform(request, record, data)
                done += 1
            except self.refusals:
                left += 1
        words = {"action": action.label, "count": done}
        if done:
            self.message_user(
                request,
                ngettext("%(action)s: %(count)d done.", "%(action)s: %(count)d done.", done) % words,
                messages.SUCCESS,
            )
        if left:
            self.message_user(
                request, _("%(action)s: %(count)d left as they were.") % {**words, "count": left}, messages.WARNING
            )


def _bulk(
    model_admin: ActionsAdmin, request: HttpRequest, queryset: models.QuerySet[Any], *, action: RecordAction
) -> Any:
    return model_admin.do_in_bulk(request, queryset, action)
