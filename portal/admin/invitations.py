"""Settings > Customer Portal > Invitations: make, send, extend, withdraw, new code."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fsportal.lib.choice_labels import choice_label
from fsportal.lib.text import one_line
from fsportal.models import AuditEntry, Contact
from fsportal.settings_area.actions import (
    ActionRefused,
    ConfirmForm,
    RecordAction,
    asked_at,
    refuse_unless,
)
from fsportal.settings_area.filters import choice_filter
from fsportal.settings_area.parts import (
    ATTENTION,
    FAILED,
    GOOD,
    WAITING,
    change_url,
    company_moment,
    dot,
    record_link,
    site_moment,
    staff,
)
from fsportal.settings_area.record_page import Facts, RecordPage
from fsportal.settings_area.story import Entry, Source
from portal.admin.forms import ExtendInvitationForm, GroupForm, InvitationForm, SingleForm, WhyForm
from portal.admin.invitation_emails import sendings
from portal.models import WEB_API_USERS, Invitation, InvitationState, InvitationType, NoAddress, NotRedeemable, WebRole

ADD, CHANGE = "portal.add_invitation", "portal.change_invitation"
GIVE_ROLE = "portal.change_webrole"
TONES = {
    InvitationState.DRAFT: WAITING,
    InvitationState.SENT: WAITING,
    InvitationState.REDEEMED: GOOD,
    InvitationState.EXPIRED: ATTENTION,
    InvitationState.WITHDRAWN: FAILED,
}
NAME_LIMIT = 60
#: The page of a group invitation shows this many contacts at most.
SHOWN = 100


def state_dot(invitation: Invitation) -> SafeString:
    state = invitation.state_at(timezone.now())
    return dot(state.label, TONES[state])


def invitations_of(contact: Contact) -> Source:
    """Return the invitations of a contact as entries of their story."""
    return Source(contact.invitations.select_related("inviter"), "created_at", _made)


def _made(invitation: Invitation) -> Entry:
    state = invitation.state_at(timezone.now())
    title = _("Invitation made: %(state)s") % {"state": state.label}
    by = str(invitation.inviter) if invitation.inviter else _("System")
    when = company_moment(invitation.created_at)
    return Entry(invitation.created_at, when, TONES[state], title, by, url=change_url(invitation))


def _in_state(invitations: Any, _request: HttpRequest, *, state: InvitationState) -> QuerySet[Any]:
    found: QuerySet[Any] = invitations.in_state(state, timezone.now())
    return found


InvitationStateFilter = choice_filter(
    gettext_lazy("state"),
    "state",
    {state.value: (state.label, partial(_in_state, state=state)) for state in InvitationState},
)


# --- Actions ----------------------------------------------------------------------------------------------------------
def _send(request: HttpRequest, invitation: Invitation, data: dict[str, Any]) -> str:
    number = _sent(request, invitation)
    return ngettext("%(number)d email is on its way.", "%(number)d emails are on their way.", number) % {
        "number": number
    }


def _sent(request: HttpRequest, invitation: Invitation) -> int:
    try:
        number = invitation.send(by=staff(request), asked_at=asked_at(request))
    except NotRedeemable as error:
        raise ActionRefused(_("This invitation cannot be redeemed any more, so it was not sent.")) from error
    except NoAddress as error:
        raise ActionRefused(
            _("It was not sent: there is no email address. Add one to the contact, or copy the code and hand it over.")
        ) from error
    if not number:
        raise ActionRefused(
            _("Nothing more was sent: it was sent a moment ago, or everybody has it on its way or has come in.")
        )
    return number


def _extend(request: HttpRequest, invitation: Invitation, data: dict[str, Any]) -> str:
    refuse_unless(_is_not_over(invitation))
    invitation.extend(data["until"], by=staff(request))
    return _("It can be redeemed until then.") if data["until"] else _("It does not expire any more.")


def _withdraw(request: HttpRequest, invitation: Invitation, data: dict[str, Any]) -> str:
    refuse_unless(_is_not_over(invitation))
    invitation.withdraw(by=staff(request), why=data["why"])
    return _("Nobody can redeem it any more. Who has redeemed it keeps what they got.")


def _new_code(request: HttpRequest, invitation: Invitation, data: dict[str, Any]) -> str:
    refuse_unless(_has_seats(invitation))
    invitation.renew_code(by=staff(request))
    if not _is_open(invitation):
        return _(
            "The code is a new one; those given out so far redeem nothing. It has expired: extend it, then send it."
        )
    return _("The code is a new one; those given out so far redeem nothing. Send it, or copy it.")


def _give_role(request: HttpRequest, invitation: Invitation, data: dict[str, Any]) -> str:
    refuse_unless(_lacks_role(invitation))
    contact = invitation.contacts.get()
    WebRole.web_api_users().give(contact, by=staff(request))
    return _("%(contact)s has the web role %(role)s.") % {"contact": contact, "role": WEB_API_USERS}


def _is_open(invitation: Invitation) -> bool:
    return invitation.is_redeemable(timezone.now())


def _can_be_sent(invitation: Invitation) -> bool:
    return _is_open(invitation) and invitation.contacts.exists()


def _has_seats(invitation: Invitation) -> bool:
    return invitation.redeemed_count < invitation.max_redemptions


def _is_not_over(invitation: Invitation) -> bool:
    # An expired invitation can be extended. Extending a withdrawn one would change nothing: it needs a new code.
    return invitation.withdrawn_at is None and _has_seats(invitation)


def _lacks_role(invitation: Invitation) -> bool:
    people = [] if invitation.is_group else list(invitation.contacts.all())
    return any(not person.web_roles.filter(name=WEB_API_USERS).exists() for person in people)


SEND_EXPLAINED = gettext_lazy(
    "Code and link go by email to everybody invited by name who has not come in. What cannot be redeemed is not sent."
)
ACTIONS = [
    RecordAction("send", gettext_lazy("Send by email"), _send, ADD, possible=_can_be_sent),
    RecordAction(
        "send-many",
        gettext_lazy("Send"),
        _send,
        ADD,
        possible=_can_be_sent,
        form=ConfirmForm,
        explains=SEND_EXPLAINED,
        bulk=True,
        alone=False,
    ),
    RecordAction(
        "extend", gettext_lazy("Extend"), _extend, CHANGE, possible=_is_not_over, form=ExtendInvitationForm, bulk=True
    ),
    RecordAction(
        "new-code",
        gettext_lazy("New code"),
        _new_code,
        CHANGE,
        possible=_has_seats,
        form=ConfirmForm,
        explains=gettext_lazy(
            "The code that was given out redeems nothing from then on. A withdrawn invitation can be redeemed again."
        ),
    ),
    RecordAction(
        "withdraw",
        gettext_lazy("Withdraw"),
        _withdraw,
        CHANGE,
        possible=_is_not_over,
        form=WhyForm,
        explains=gettext_lazy("Nobody can redeem it any more. Who has redeemed it keeps what they got."),
        tone="danger",
        bulk=True,
    ),
    RecordAction("give-role", gettext_lazy("Add the web role now"), _give_role, GIVE_ROLE, possible=_lacks_role),
]


@admin.register(Invitation)
class InvitationAdmin(RecordPage):
    """Invitations are changed by actions only; the model notes each in the audit trail."""

    may_change = False
    may_delete = False  # an invitation that is not to be redeemed is withdrawn, and its trail stays
    shows_trail = True
    facts_on_forms = 4
    change_form_template = "admin/invitation.html"
    record_actions = ACTIONS
    list_display = ["whom_and_type", "account_link", "state_dot", "redeemed", "sent", "expires", "invited_by"]
    list_display_links = ["whom_and_type"]
    list_filter = [InvitationStateFilter, "type", "is_automatic"]
    list_select_related = ["account", "inviter"]
    list_per_page = 50
    date_hierarchy = "created_at"
    search_fields = ["contacts__name", "contacts__email", "account__name", "=public_id"]
    search_help_text = gettext_lazy("Contact, email, account, or the first six letters of a code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        names = Contact.objects.filter(invitations=OuterRef("pk")).order_by("name")
        found: QuerySet[Any] = super().get_queryset(request).annotate(first_name=Subquery(names.values("name")[:1]))
        return found

    # --- The list ---------------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("for"), ordering="type")
    def whom_and_type(self, record: Any) -> SafeString:
        return format_html('{}<span class="second">{}</span>', self.whom(record), self.kind(record))

    def whom(self, record: Any) -> str:
        if record.is_group:
            return _("Group of %(account)s") % {"account": one_line(record.account.name, NAME_LIMIT)}
        return one_line(record.first_name, NAME_LIMIT) if record.first_name else _("A deleted contact")

    @admin.display(description=gettext_lazy("account"), ordering="account__name")
    def account_link(self, record: Invitation) -> SafeString:
        return record_link(record.account)

    @admin.display(description=gettext_lazy("state"))
    def state_dot(self, record: Invitation) -> SafeString:
        return state_dot(record)

    def kind(self, record: Invitation) -> str:
        kind = choice_label(record, "type")
        return _("%(kind)s, automatic") % {"kind": kind} if record.is_automatic else kind

    @admin.display(description=gettext_lazy("redeemed"), ordering="redeemed_count")
    def redeemed(self, record: Invitation) -> str:
        numbers = {"number": record.redeemed_count, "most": record.max_redemptions}
        return _("%(number)d of %(most)d") % numbers

    @admin.display(description=gettext_lazy("sent"), ordering="sent_at")
    def sent(self, record: Invitation) -> str:
        return site_moment(record.sent_at, record.account.time_zone)

    @admin.display(description=gettext_lazy("expires"), ordering="expires_at")
    def expires(self, record: Invitation) -> str:
        return site_moment(record.expires_at, record.account.time_zone) if record.expires_at else _("never")

    @admin.display(description=gettext_lazy("inviter"), ordering="inviter__username")
    def invited_by(self, record: Invitation) -> str:
        return str(record.inviter) if record.inviter else _("System")

    # --- Adding -----------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask what the type needs. Only those who may give web roles offer others than the portal's own."""
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        chosen: type[InvitationForm] = GroupForm if _wants_group(request) else SingleForm
        roles = (
            WebRole.objects.all() if request.user.has_perm(GIVE_ROLE) else WebRole.objects.filter(name=WEB_API_USERS)
        )
        # A class for each request, narrowed to what this person may offer.
        form: Any = type("OfferedForm", (chosen,), {"offers": roles, "request": request})
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return [(None, {"fields": []})]  # its page has no form
        whom = ["account", "max_redemptions", "contacts"] if _wants_group(request) else ["contact"]
        return [(None, {"fields": [*whom, "web_roles", "until"]})]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """Ask for one contact or for a group; a link leads to the other."""
        own = {"is_group": _wants_group(request), "title": _("Create invitation")}
        return super().add_view(request, form_url, own | (extra_context or {}))

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        obj.inviter, obj.expires_at = staff(request), form.cleaned_data["until"]
        obj.save()
        AuditEntry.note(obj, "created", by=obj.inviter)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        form.instance.contacts.set(form.cleaned_data["contacts"])
        form.instance.web_roles.set(form.cleaned_data["web_roles"])

    def response_add(self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None) -> HttpResponse:
        self.message_user(request, _("The invitation is made. Send it by email, or copy its code."))
        return HttpResponseRedirect(change_url(obj))

    # --- One invitation ---------------------------------------------------------------------------------------------

    def page_title(self, record: Any) -> str:
        return _("Invitation: %(whom)s") % {"whom": self.whom(record)}

    def details(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """Return the rest of the page, with the code only for those who may see it."""
        may_see = request.user.has_perm("portal.show_code")
        buttons = self.buttons(request, record)
        zone = record.account.time_zone
        return {
            "buttons": [button for button in buttons if button.action.name != "give-role"],
            "role_button": next((button for button in buttons if button.action.name == "give-role"), None),
            "lacks_role": _lacks_role(record),
            "gives_role": record.web_roles.filter(name=WEB_API_USERS).exists(),
            "role": WEB_API_USERS,
            "is_open": _is_open(record),
            "code": record.code if may_see else "",
            "link": record.link if may_see else "",
            "people": self._people(record),
            "messages_sent": sendings(request, record.messages().select_related("contact")[:SHOWN]),
            "redemptions": [
                (one, record_link(one, site_moment(one.redeemed_at, zone)), site_moment(one.undone_at, zone))
                for one in record.redemptions.select_related("contact", "user", "undone_by")
            ],
            "may_undo": request.user.has_perm("portal.undo_redemption"),
        }

    def _people(self, record: Any) -> list[SafeString]:
        people = record.contacts.all()[:SHOWN] if record.is_group else []
        return [record_link(person) for person in people]

    def facts(self, record: Any) -> Facts:
        contact = None if record.is_group else record.contacts.first()
        roles = ", ".join(role.name for role in record.web_roles.all())
        first: Facts = [
            (_("For"), self.whom(record) if contact is None else record_link(contact)),
            (_("Account"), self.account_link(record)),
            (_("Redeemed"), self.redeemed(record)),
            (_("Expires"), self.expires(record)),
            (_("Type"), self.kind(record)),
            (_("Web roles given"), roles or _("none")),
            (_("Inviter"), self.invited_by(record)),
            (_("Created"), site_moment(record.created_at, record.account.time_zone)),
            (_("Sent"), self.sent(record)),
        ]
        if contact is not None:
            email = format_html('<bdi dir="ltr">{}</bdi>', contact.email) if contact.email else _("none")
            first.insert(1, (_("Email"), email))
        return first


def _wants_group(request: HttpRequest) -> bool:
    return request.GET.get("type") == InvitationType.GROUP
