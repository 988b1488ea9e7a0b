"""What a contact's page in the Settings area gains: inviting, web roles, and how they stand with the portal."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import Contact, User
from fsportal.settings_area.actions import ActionRefused, ActionsAdmin, ConfirmForm, RecordAction, refuse_unless
from fsportal.settings_area.parts import (
    ATTENTION,
    FAILED,
    GOOD,
    QUIET,
    WAITING,
    AnyModelForm,
    change_url,
    dot,
    list_link,
    record_link,
    site_moment,
)
from portal.access.see_as import begin
from portal.access.viewer import SEE_AS_PERMISSION
from portal.admin import consent
from portal.admin.addresses import was_invited
from portal.admin.invitations import ADD, state_dot
from portal.admin.messages import sendings
from portal.models import WEB_API_USERS, Invitation


def take_along(request: HttpRequest, contact: Contact, form: Any) -> None:
    """Let the sign-in follow the contact's email that `form` has just changed, or say that it did not."""
    user, old = contact.portal_user, form.initial.get("email", "")
    if "email" not in form.changed_data or user is None or not old or user.email.lower() != old.lower():
        return
    if not request.user.has_perm("fsportal.change_user"):
        said = _("%(contact)s still signs in with %(old)s. Ask somebody who looks after users to change that, too.")
        messages.warning(request, said % {"contact": contact, "old": old})
    elif contact.sign_in_follows(by=request.user):
        messages.success(request, _("%(contact)s signs in with the new address, too.") % {"contact": contact})
    else:
        said = _("%(contact)s still signs in with %(old)s: the new address is none, or somebody else signs in with it.")
        messages.warning(request, said % {"contact": contact, "old": old})


class ContactForm(AnyModelForm):
    """A contact; who signs in for them is never one of the staff."""

    def clean_portal_user(self) -> User | None:
        """Refuse a user who may enter the Settings area."""
        user: User | None = self.cleaned_data["portal_user"]
        if user is not None and (user.is_staff or user.is_superuser):
            raise ValidationError(_("This user signs in to the Settings area; choose a customer's own user."))
        return user


@admin.register(Contact)
class ContactAdmin(ActionsAdmin):
    """The people to whom messages go.

    Upper floors add to `actions`; lists to `related`: model, words, and the look-up of the contact; pages of their
    own to `pages`: the right they need, words, and the name of an address that takes the contact's id; and to `notes`
    what is to be seen at a glance, as HTML.
    """

    form = ContactForm
    change_form_template = "admin/contact.html"
    list_display = ["name", "account_link", "email", "mobile_phone", "language", "opted_out"]
    list_filter = [consent.OptedOutFilter, "language", "account__is_excluded"]
    list_select_related = ["account"]
    search_fields = ["name", "email", "mobile_phone", "account__name"]
    autocomplete_fields = ["account", "portal_user"]
    inlines = [consent.OptOutInline, consent.MessageChoiceInline]
    list_per_page = 50
    record_actions: ClassVar[list[RecordAction]] = [*consent.ACTIONS]
    related: ClassVar[list[tuple[str, Any, str]]] = [
        ("notifications.customernotification", gettext_lazy("Messages sent to this contact"), "contact__id__exact"),
        ("bookings.bookingnotificationcode", gettext_lazy("Booking notification codes"), "contact__id__exact"),
        ("bookings.workorder", gettext_lazy("Work orders reported"), "reported_by__id__exact"),
        ("fsportal.auditentry", gettext_lazy("What was done with this contact"), "subject_id__exact"),
    ]
    pages: ClassVar[list[tuple[str, Any, str]]] = []
    notes: ClassVar[list[Callable[[HttpRequest, Contact], SafeString]]] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Fetch the opt-outs of a whole page in one query."""
        return super().get_queryset(request).prefetch_related("opt_outs")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep a contact with their account, and the link to a user to those who look after users."""
        fixed = [] if obj is None else ["account"]
        return fixed if request.user.has_perm("fsportal.change_user") else [*fixed, "portal_user"]

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        """Save, and see to the address that they sign in with."""
        super().save_model(request, obj, form, change)
        take_along(request, obj, form)

    @admin.display(description=gettext_lazy("account"), ordering="account__name")
    def account_link(self, record: Contact) -> SafeString:
        """Return a link to the account."""
        return record_link(record.account)

    @admin.display(description=gettext_lazy("opted out of"))
    def opted_out(self, record: Contact) -> SafeString | str:
        """Return the channels that this contact does not want."""
        names = [opt_out.get_channel_display() for opt_out in record.opt_outs.all() if opt_out.ended_at is None]
        return dot(", ".join(names), ATTENTION) if names else ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Add what can be done with the contact, and links to what belongs to them."""
        record = self.get_object(request, object_id)
        own = {
            "related": self._related(request, object_id) if record else [],
            "buttons": self.buttons(request, record) if record else [],
            "notes": [note(request, record) for note in self.notes] if record else [],
        }
        return super().change_view(request, object_id, form_url, own | (extra_context or {}))

    def _related(self, request: HttpRequest, object_id: str) -> list[SafeString]:
        links = []
        for model, words, lookup in self.related:
            app, name = model.split(".")
            if request.user.has_perm(f"{app}.view_{name}"):
                links.append(list_link(model, words, **{lookup: object_id}))
        pages = [(words, name) for right, words, name in self.pages if request.user.has_perm(right)]
        return links + [
            format_html('<a href="{}">{}</a>', reverse(name, args=[object_id]), words) for words, name in pages
        ]


def _create(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    refuse_unless(_has_no_account(contact))
    _invitation, is_new = Invitation.offer(contact, by=_user(request))
    if is_new:
        return _("The invitation is made. Send it by email, or copy its code.")
    return _("%(contact)s has an open invitation already: this one.") % {"contact": contact}


def _create_each(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    _invitation, is_new = Invitation.offer(contact, by=_user(request))
    if not is_new:
        raise ActionRefused
    return ""


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # the admin has looked
    return user


def _has_no_account(contact: Contact) -> bool:
    return contact.portal_user_id is None


def _open_invitation(contact: Contact) -> str:
    """Return the address of the page of the invitation that the contact can redeem."""
    found = Invitation.objects.open_for(contact, timezone.now()).first()
    return change_url(found or contact)


def portal_note(request: HttpRequest, contact: Contact) -> SafeString:
    """Return how a contact stands with the portal: account, role, the last invitation and what became of it."""
    # The one that can be redeemed is of more interest than one that came later.
    invited = Invitation.objects.open_for(contact, timezone.now()).select_related("account").first()
    last = contact.invitations.select_related("account").order_by("-created_at").first()
    invitation = invited or last
    may_see = request.user.has_perm("portal.view_invitation")
    messages = invitation.messages().filter(contact=contact).select_related("contact")[:1] if invitation else []
    context = {
        "contact": contact,
        "state": _standing(contact, is_invited=invited is not None, was_invited=last is not None),
        "portal_user": contact.portal_user,
        "user_url": change_url(contact.portal_user) if contact.portal_user else "",
        "may_see_users": request.user.has_perm("fsportal.view_user"),
        "lacks_role": not contact.web_roles.filter(name=WEB_API_USERS).exists(),
        "role": WEB_API_USERS,
        "may_see_roles": request.user.has_perm("portal.view_webrole"),
        "invitation": invitation if may_see else None,
        "invitation_url": change_url(invitation) if invitation else "",
        "invitation_dot": state_dot(invitation) if invitation else "",
        "made": site_moment(invitation.created_at, invitation.account.time_zone) if invitation else "",
        "messages_sent": sendings(request, messages) if may_see else [],
        "was_invited": _automatic(contact) if may_see else "",
    }
    return render_to_string("admin/includes/portal_note.html", context, request=request)


def _standing(contact: Contact, *, is_invited: bool, was_invited: bool) -> SafeString:
    if contact.portal_user is not None:
        is_open = contact.portal_user.is_active
        return dot(_("Has an account"), GOOD) if is_open else dot(_("The account is closed"), FAILED)
    if is_invited:
        return dot(_("Invited, no account yet"), WAITING)
    return dot(_("No account"), ATTENTION if was_invited else QUIET)


def _automatic(contact: Contact) -> str:
    """Say when the automatic invite went to this contact's address, which gets no other by itself."""
    trace = was_invited(contact) if contact.email else None
    return site_moment(trace.invited_at, contact.account.time_zone) if trace else ""


ContactAdmin.record_actions += [
    RecordAction(
        "create-invitation",
        gettext_lazy("Create Invitation"),
        _create,
        ADD,
        possible=_has_no_account,
        lands=_open_invitation,
    ),
    RecordAction(
        "create-invitations",
        gettext_lazy("Create invitations"),
        _create_each,
        ADD,
        possible=_has_no_account,
        form=ConfirmForm,
        explains=gettext_lazy(
            "Each contact gets an invitation of their own; who has an account or an open invitation is left as they"
            " are. Nothing is sent yet: the list of invitations sends many at once."
        ),
        bulk=True,
        alone=False,
    ),
]
ContactAdmin.related += [("portal.invitation", gettext_lazy("Invitations"), "contacts__id__exact")]
ContactAdmin.pages += [("portal.view_webrole", gettext_lazy("Web Roles"), "admin:portal_webrole_of_contact")]
ContactAdmin.notes += [portal_note]


def _see_as(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    begin(request, contact, timezone.now())
    return ""  # the bar over the portal says it


ContactAdmin.record_actions.append(
    RecordAction(
        "see-as",
        gettext_lazy("See the portal as this customer"),
        _see_as,
        SEE_AS_PERMISSION,
        lands=lambda contact: reverse("home"),
    )
)
