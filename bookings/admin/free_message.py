"""A free message, to one contact or to the customers of chosen bookings: written, looked at, then sent."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib import messages as flash
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.messages.queue import recipient
from bookings.models import Booking, BulkChange, BulkOutcome
from fsportal.lib.text import one_line, plain, validate_no_control
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import Channel
from fsportal.settings_area.parts import change_url, company_moment, record_link, staff
from notifications.admin.message_words import sms_cost
from notifications.customers import bundles
from notifications.customers.channels.sms_text import LONGEST, gsm_safe
from notifications.customers.conversations import free_messages
from notifications.customers.conversations.free_messages import FreeMessagePlan, Recipient
from notifications.models import StaffMessage

MAY_WRITE = ("notifications.add_staffmessage", "fsportal.view_contact")
#: Names on the page; all are counted.
NAMED = 100
COMPANY_LENGTH = 60
SUBJECT_LENGTH = StaffMessage._meta.get_field("subject").max_length
BODY_LENGTH = StaffMessage._meta.get_field("body").max_length


class FreeMessageForm(forms.Form):
    """`pk` makes pressing twice harmless; `seen` is the digest of the words that were looked at."""

    subject = forms.CharField(
        label=gettext_lazy("Subject of the email"),
        max_length=SUBJECT_LENGTH,
        required=False,
        validators=[validate_no_control],
        widget=forms.TextInput(attrs={"dir": "auto", "size": 60}),
        help_text=gettext_lazy("Empty: “Message from” and the company's name, in the customer's language."),
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "data-sms-text": ""}),
        help_text=gettext_lazy("As it is: nobody translates it. An empty line begins a new paragraph."),
        error_messages={"required": gettext_lazy("Write what the customers are to read.")},
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("By"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose email, SMS, or both.")},
    )
    pk = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = PortalSettings.load().channels
        choices = [(channel.value, channel.label) for channel in Channel if channel in able]
        self.fields["channels"].choices = choices  # type: ignore[attr-defined]

    def clean_body(self) -> str:
        """Refuse what is nothing once invisible characters are gone."""
        body: str = self.cleaned_data["body"]
        if not plain(body).strip():
            raise forms.ValidationError(self.fields["body"].error_messages["required"], code="required")
        return body

    def clean(self) -> dict[str, Any]:
        # With the company's name before it.
        most = LONGEST - len(one_line(PortalSettings.load().company_name, COMPANY_LENGTH)) - 2
        length = len(gsm_safe(one_line(self.cleaned_data.get("body", ""))))
        if Channel.SMS in self.cleaned_data.get("channels", ()) and length > most:
            words = _("This is too long for a text message: at most %(most)d characters.")
            self.add_error("body", words % {"most": most})
        return self.cleaned_data

    def digest(self) -> str:
        """Return a digest of what the form says."""
        said = "\0".join((self.cleaned_data["subject"], self.cleaned_data["body"], *self.cleaned_data["channels"]))
        return hashlib.sha256(said.encode()).hexdigest()

    def written(self) -> StaffMessage:
        """Return the message, not saved."""
        data = self.cleaned_data
        return StaffMessage(pk=data["pk"], subject=one_line(data["subject"], SUBJECT_LENGTH), body=plain(data["body"]))


def of_contact(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Write to one contact."""
    contact = Contact.objects.select_related("account").filter(pk=pk).first()
    _refuse_others(request)
    if contact is None:
        raise Http404
    return _Page(request, [contact], back=change_url(contact)).answer()


def of_bookings(request: HttpRequest, change: BulkChange) -> HttpResponse:
    """Write to the customers of chosen bookings, each of them once."""
    _refuse_others(request)
    portal_settings, contacts, silent = PortalSettings.load(), list[Contact](), 0
    visits = Booking.objects.filter(pk__in=change.rows.order_by().values("booking")).order_by("start")
    for booking in visits.select_related("work_order__reported_by", "work_order__account__primary_contact"):
        whom = recipient(booking.work_order, portal_settings)
        if whom is None:
            silent += 1
        else:
            contacts.append(whom)
    return _Page(request, contacts, back="", change=change, silent=silent).answer()


def _refuse_others(request: HttpRequest) -> None:
    if not request.user.has_perms(MAY_WRITE):
        raise PermissionDenied


@dataclass
class _Page:
    request: HttpRequest
    contacts: list[Contact]
    back: str
    change: BulkChange | None = None
    #: Visits of which nobody is told.
    silent: int = 0

    def answer(self) -> HttpResponse:
        request = self.request
        if request.method != "POST":
            chosen = PortalSettings.load().channels
            return self._show(FreeMessageForm(initial={"pk": uuid.uuid4(), "channels": chosen}), chosen)
        form = FreeMessageForm(request.POST)
        if not form.is_valid():
            return self._show(form, form.data.getlist("channels"), status=400)  # type: ignore[attr-defined]
        if "send" in request.POST and form.cleaned_data["seen"] == form.digest():
            return self._send(form)
        return self._show(form, form.cleaned_data["channels"], written=form.written())

    def _send(self, form: FreeMessageForm) -> HttpResponse:
        data = form.cleaned_data
        with transaction.atomic():
            # First of all: of two pages with the same bookings, each with words of its own, one gets to send.
            sent = None
            if self.change is None or self.change.start({"message": str(data["pk"])}):
                sent = free_messages.send(
                    data["pk"], data["subject"], data["body"], self.contacts, data["channels"], by=staff(self.request)
                )
            if sent and self.change:
                self._finish(self.change)
        bundles.unpack()
        if sent is not None:
            flash.success(self.request, _("It is on its way. This page shows what becomes of it."))
            return HttpResponseRedirect(change_url(sent))
        flash.warning(self.request, _("It was sent before; nothing was sent again."))
        return HttpResponseRedirect(change_url(self.change or StaffMessage(pk=data["pk"])))

    def _finish(self, change: BulkChange) -> None:
        change.rows.update(outcome=BulkOutcome.DONE)
        BulkChange.objects.filter(pk=change.pk).update(finished_at=timezone.now())

    def _show(
        self,
        form: FreeMessageForm,
        channels: Iterable[str],
        *,
        written: StaffMessage | None = None,
        status: int = 200,
    ) -> HttpResponse:
        known = [channel for channel in channels if channel in Channel.values]
        plan = free_messages.plan(written or StaffMessage(), self.contacts, known, timezone.now()) if known else None
        if written is not None:
            form.data = self.request.POST.copy()
            form.data["seen"] = form.digest()
        looks = _looks(written, plan)
        context = {
            **admin.site.each_context(self.request),
            "form": form,
            "title": self._title(),
            "opts": self.change._meta if self.change else Contact._meta,
            "back": self.back,
            "silent": self.silent,
            "plan": plan,
            "going": _lines(plan.going) if plan else [],
            "left_out": _lines(plan.left_out) if plan else [],
            "waits_until": _earliest(plan) if plan else "",
            "can_send": bool(written and plan and plan.going),
            "looks": looks,
            "sms_costs": sms_cost.of_message(looks.sms.text) if looks and looks.sms else "",
            "counting": sms_cost.of_free_text(company=one_line(PortalSettings.load().company_name, 60)),
            "has_changed": "send" in self.request.POST and written is not None,
        }
        return TemplateResponse(self.request, "admin/free_message.html", context, status=status)

    def _title(self) -> str:
        if self.change is None:
            return _("Write to %(name)s") % {"name": one_line(self.contacts[0].name, 60)}
        total = self.change.total
        return ngettext(
            "Write to the customers of %(count)d booking", "Write to the customers of %(count)d bookings", total
        ) % {"count": total}


def _looks(written: StaffMessage | None, plan: FreeMessagePlan | None) -> free_messages.Looks | None:
    """Write it as the first who gets it will read it."""
    if written is None or plan is None or not plan.going:
        return None
    first = plan.going[0].contact
    return free_messages.looks(written, first, [one.channel for one in plan.going if one.contact.pk == first.pk])


def _lines(recipients: list[Recipient]) -> dict[str, Any]:
    """Return the first of them by contact: a link, and the channels or the reason."""
    found: dict[uuid.UUID, dict[str, Any]] = {}
    for one in recipients:
        line = found.get(one.contact.pk)
        if line is None:
            if len(found) == NAMED:
                continue
            account = one.contact.account.name
            line = found[one.contact.pk] = {"whom": record_link(one.contact), "account": account, "by": []}
        line["by"].append(str(Channel(one.channel).label) if one.why_not is None else str(one.why_not.label))
    more = len({one.contact.pk for one in recipients}) - len(found)
    return {"shown": [line | {"by": ", ".join(line["by"])} for line in found.values()], "more": more}


def _earliest(plan: FreeMessagePlan) -> str:
    times = [one.goes_at for one in plan.waiting if one.goes_at is not None]
    return company_moment(min(times)) if times else ""
