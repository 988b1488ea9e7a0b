"""Settings > Customer Portal > Conversations: what customers text, and answering them."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib.text import one_line
from fsportal.models import Contact
from fsportal.models.consent import Channel
from fsportal.settings_area.actions import ActionForm, ActionRefused, RecordAction
from fsportal.settings_area.filters import choice_filter
from fsportal.settings_area.parts import (
    ATTENTION,
    GOOD,
    ReadOnlyAdmin,
    company_moment,
    dot,
    record_link,
    span_words,
    staff,
)
from fsportal.settings_area.record_page import Facts, RecordPage
from notifications.admin.conversation_part import bubbles
from notifications.admin.message_words import sms_cost
from notifications.customers.conversations import answering
from notifications.customers.conversations.answering import AnswerRefused, ReadAgain
from notifications.customers.conversations.reading import page_of
from notifications.models import Conversation, StaffMessage, TextReply

CHANGE = "notifications.change_conversation"
SHORT = 100
LONGEST_ANSWER = StaffMessage._meta.get_field("body").max_length

WaitingFilter = choice_filter(
    gettext_lazy("waiting"),
    "waiting",
    {"yes": (gettext_lazy("Waiting for an answer"), lambda rows, _request: rows.waiting())},
)


class AnswerForm(ActionForm):
    """The answer. `pk` makes pressing twice harmless, `as_read` is what the page showed when it was written."""

    text = forms.CharField(
        label=gettext_lazy("Answer"),
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "data-sms-text": ""}),
        error_messages={"required": gettext_lazy("Write an answer. If none is needed, go back and press “Seen to”.")},
    )
    channel = forms.ChoiceField(label=gettext_lazy("By"))
    pk = forms.UUIDField(widget=forms.HiddenInput)
    as_read = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, record: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.ways = answering.ways(record) if record is not None else []
        able = [way for way in self.ways if not way.why_not]
        self.fields["channel"].choices = [(way.channel, way.label) for way in able]  # type: ignore[attr-defined]
        # Who texts is answered by text, where that is possible.
        by_sms = [way.channel for way in able if way.channel == Channel.SMS]
        self.fields["channel"].initial = next(iter([*by_sms, *(way.channel for way in able)]), "")

    @property
    def remarks(self) -> list[str]:  # type: ignore[override]
        return [f"{way.label}: {way.why_not}" for way in self.ways if way.why_not]

    @property
    def is_possible(self) -> bool:
        return any(not way.why_not for way in self.ways)

    def refuse(self, refusal: Exception) -> None:
        """Show what was said meanwhile, and let the next press send: by then it has been read."""
        if isinstance(refusal, ReadAgain):
            self.data = {**self.data.dict(), "as_read": answering.mark(self.record)}  # type: ignore[attr-defined]
            words = _("%(what)s Nothing was sent. If your answer still fits, send it.")
            self.add_error(None, words % {"what": refusal})
        else:
            super().refuse(refusal)


def _answer(request: HttpRequest, record: Conversation, data: dict[str, Any]) -> str:
    answering.answer(record, data["text"], data["channel"], by=staff(request), as_read=data["as_read"], pk=data["pk"])
    return _("Your answer is on its way.")


def _see_to(request: HttpRequest, record: Conversation, data: dict[str, Any]) -> str:
    if not answering.see_to(record, by=staff(request), as_read=request.POST.get("as_read", "")):
        raise ActionRefused(_("Nobody waits for an answer here any more."))
    return _("Marked as seen to.")


ANSWER = RecordAction("answer", gettext_lazy("Send answer"), _answer, CHANGE, form=AnswerForm, alone=False)
SEEN_TO = RecordAction("seen-to", gettext_lazy("Seen to, no answer needed"), _see_to, CHANGE, alone=False)


@admin.register(Conversation)
class ConversationAdmin(RecordPage, ReadOnlyAdmin):
    change_form_template = "admin/conversation.html"
    action_template = "admin/conversation_answer.html"
    list_display = ["whom", "state_dot", "newest", "latest"]
    list_display_links = ["whom"]
    list_filter = [WaitingFilter]
    list_select_related = ["contact"]
    list_per_page = 50
    sortable_by = ()
    # As the index conversation_waiting_first has it.
    ordering = (IsNull(F("waits_since"), True).asc(), F("latest_at").desc())  # type: ignore[assignment]
    search_fields = ["contact__name", "number"]
    search_help_text = gettext_lazy("Name, or the number of somebody unknown")
    empty_words = gettext_lazy("No customer has texted yet. Their texts appear here, and you answer them here.")
    record_actions = (ANSWER, SEEN_TO)
    refusals = (ActionRefused, AnswerRefused)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show nothing that customers said to those who may not see contacts."""
        return super().has_view_permission(request, obj) and request.user.has_perm("fsportal.view_contact")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        newest = TextReply.objects.filter(conversation=OuterRef("pk")).order_by("-received_at", "-pk")
        rows: QuerySet[Conversation] = super().get_queryset(request)
        return rows.annotate(newest_words=Subquery(newest.values("body")[:1])).select_related("contact__account")

    @admin.display(description=gettext_lazy("with"))
    def whom(self, record: Conversation) -> SafeString:
        if record.contact is None:
            return format_html('{}<bdi class="second" dir="ltr">{}</bdi>', _("Unknown number"), record.number)
        return format_html(
            '{}<span class="second">{}</span>',
            one_line(record.contact.name, 60),
            one_line(record.contact.account.name, 60),
        )

    @admin.display(description=gettext_lazy("state"))
    def state_dot(self, record: Conversation) -> SafeString:
        if record.waits_since is None:
            return dot(_("Seen to"), GOOD)
        waited = span_words((timezone.now() - record.waits_since).total_seconds())
        return dot(_("Waiting for %(span)s") % {"span": waited}, ATTENTION)

    @admin.display(description=gettext_lazy("newest text"))
    def newest(self, record: Any) -> SafeString:
        return format_html('<span dir="auto">{}</span>', one_line(record.newest_words or "", SHORT) or "–")

    @admin.display(description=gettext_lazy("when"))
    def latest(self, record: Conversation) -> str:
        return company_moment(record.latest_at)

    # --- One conversation -------------------------------------------------------------------------------------------
    def page_title(self, record: Conversation) -> str:
        whom = record.contact.name if record.contact else record.number
        return _("Conversation with %(whom)s") % {"whom": one_line(whom, 60)}

    def facts(self, record: Conversation) -> Facts:
        contact = record.contact
        if contact is None:
            return [(_("Number"), format_html('<bdi dir="ltr">{}</bdi>', record.number)), *_known_by_now(record)]
        return [
            (_("Contact"), record_link(contact)),
            (_("Account"), record_link(contact.account)),
            (_("Phone"), format_html('<bdi dir="ltr">{}</bdi>', contact.mobile_phone) if contact.mobile_phone else "–"),
            *_others(contact),
        ]

    def action_details(self, request: HttpRequest, record: Conversation) -> dict[str, Any]:
        return {"bubbles": bubbles(request, page_of(record).said)}

    def details(self, request: HttpRequest, record: Conversation) -> dict[str, Any]:
        page = page_of(record, before=_moment(request.GET.get("before", "")))
        shown = {"bubbles": bubbles(request, page.said), "older": page.older, "is_older": "before" in request.GET}
        if not request.user.has_perm(CHANGE):
            return shown
        initial = {"pk": uuid.uuid4(), "as_read": answering.mark(record)}
        form = AnswerForm(record=record, initial=initial)
        if "answer" in request.GET:
            # Only without a fragment in the address: a browser that goes to one gives no field the focus.
            form.fields["text"].widget.attrs["autofocus"] = True
        language = record.contact.language if record.contact else ""
        return shown | {"answer_form": form, "counting": sms_cost.of_free_text(language)}


def _moment(written: str) -> dt.datetime | None:
    try:
        moment = parse_datetime(written.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _others(contact: Contact) -> Facts:
    """Name the others with the same number: a text of one of them is in the conversation of whom we texted last."""
    if not contact.mobile_phone:
        return []
    same = Contact.objects.filter(mobile_phone=contact.mobile_phone).exclude(pk=contact.pk).order_by("created_at")[:3]
    return [(_("Same number"), record_link(other)) for other in same]


def _known_by_now(record: Conversation) -> Facts:
    known = Contact.objects.filter(mobile_phone=record.number).order_by("created_at")[:3]
    return [(_("By now the number of"), record_link(contact)) for contact in known]
