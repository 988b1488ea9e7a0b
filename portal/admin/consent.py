"""Opt-outs and message choices on the page of a contact, and noting what they said on the phone."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import Contact, MessageChoice, OptOut, PortalSettings
from fsportal.models.consent import Channel, OptOutSource
from fsportal.settings_area.actions import ActionForm, ActionRefused, RecordAction
from fsportal.settings_area.filters import choice_filter
from fsportal.settings_area.parts import AnyInline, company_moment, staff


def _opted_out(**of: str) -> Q:
    return Q(pk__in=OptOut.objects.filter(ended_at=None, **of).values("contact"))


OptedOutFilter = choice_filter(
    gettext_lazy("opted out"),
    "opted_out",
    {
        "any": (gettext_lazy("Of anything"), _opted_out()),
        "email": (gettext_lazy("Of email"), _opted_out(channel=Channel.EMAIL)),
        "sms": (gettext_lazy("Of SMS"), _opted_out(channel=Channel.SMS)),
    },
)


class ReadOnlyInline(AnyInline):
    """What the contact decided: shown to everybody who sees the contact, changed by nobody here."""

    extra = 0
    classes = ["collapse"]
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class OptOutInline(ReadOnlyInline):
    """When and how a contact opted out, and took it back. Newest first."""

    model = OptOut
    fields = ["channel", "from_when", "given", "until_when", "taken_back"]
    readonly_fields = ["channel", "from_when", "given", "until_when", "taken_back"]
    ordering = ["-since", "-pk"]
    verbose_name_plural = gettext_lazy("opt-outs")

    @admin.display(description=gettext_lazy("since"))
    def from_when(self, record: OptOut) -> str:
        return company_moment(record.since)

    @admin.display(description=gettext_lazy("how"))
    def given(self, record: OptOut) -> str:
        return record.how_in_words

    @admin.display(description=gettext_lazy("taken back"))
    def until_when(self, record: OptOut) -> str:
        return company_moment(record.ended_at)

    @admin.display(description=gettext_lazy("how taken back"))
    def taken_back(self, record: OptOut) -> str:
        return record.how_ended_in_words


class MessageChoiceInline(ReadOnlyInline):
    """Single messages that a contact chose to get or not to get. Newest first."""

    model = MessageChoice
    fields = ["message", "channel", "is_wanted", "chosen"]
    readonly_fields = ["message", "channel", "is_wanted", "chosen"]
    ordering = ["-chosen_at", "-pk"]
    verbose_name_plural = gettext_lazy("message choices (whatever is not listed is sent)")

    @admin.display(description=gettext_lazy("message"))
    def message(self, record: MessageChoice) -> str:
        names = {field.name: field for field in PortalSettings._meta.fields}
        switch = names.get(f"send_{record.event}")
        return str(switch.verbose_name) if switch else record.event

    @admin.display(description=gettext_lazy("chosen"))
    def chosen(self, record: MessageChoice) -> str:
        return company_moment(record.chosen_at)


class OptOutForm(ActionForm):
    """What the contact said, and about which of the channels that are not stopped yet."""

    offers_stopped: ClassVar[bool] = False

    channel = forms.ChoiceField(label=gettext_lazy("Channel"))
    why = forms.CharField(
        label=gettext_lazy("What the contact said"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, record: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        offered = [c for c in Channel if record is None or record.has_opted_out(c) == self.offers_stopped]
        self.fields["channel"].choices = [(c.value, c.label) for c in offered]  # type: ignore[attr-defined]


class TakeBackForm(OptOutForm):
    """The same, about a stopped channel."""

    offers_stopped = True


def _note(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    contact.opt_out(data["channel"], how=OptOutSource.STAFF, by=staff(request), why=data["why"])
    return _("Noted: from the next delivery on the contact gets nothing on this channel.")


def _take_back(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    changed = contact.opt_in(data["channel"], how=OptOutSource.STAFF, by=staff(request), why=data["why"])
    if not changed:
        raise ActionRefused(_("There is no opt-out on this channel any more."))
    return _("Taken back: the contact gets messages on this channel again.")


def _stopped(contact: Contact) -> int:
    return OptOut.objects.in_force().filter(contact=contact).count()


ACTIONS = [
    RecordAction(
        "note-opt-out",
        gettext_lazy("Note an opt-out"),
        _note,
        "fsportal.add_optout",
        possible=lambda contact: _stopped(contact) < len(Channel),
        form=OptOutForm,
        explains=gettext_lazy(
            "For a contact who told you, for example by phone, that they want no more messages on a channel. What they"
            " ask for themselves (a password reset, a one-time code) still reaches them."
        ),
    ),
    RecordAction(
        "take-back-opt-out",
        gettext_lazy("Take back an opt-out"),
        _take_back,
        "fsportal.change_optout",
        possible=lambda contact: _stopped(contact) > 0,
        form=TakeBackForm,
        explains=gettext_lazy(
            "Only when the contact asks for it themselves. After a STOP by SMS the provider may go on refusing until"
            " the contact answers START."
        ),
    ),
]
