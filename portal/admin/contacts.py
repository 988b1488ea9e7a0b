"""Contacts in the Settings area: inviting, opt-outs, web roles, and how they stand with the portal."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib import messages as django_messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin.free_message import MAY_WRITE
from bookings.admin.plans_of_contact import upcoming_plans
from bookings.admin.visits_beside import MAY_SEE, changes_of, new_visit_step, visits_beside
from bookings.models import Booking, WorkOrder
from bookings.models.booking import BookingQuerySet
from fsportal.lib.choice_labels import choice_label
from fsportal.models import Contact, User
from fsportal.settings_area.actions import ActionRefused, ConfirmForm, RecordAction, refuse_unless
from fsportal.settings_area.filters import choice_filter
from fsportal.settings_area.parts import (
    ATTENTION,
    GOOD,
    AnyModelForm,
    change_url,
    dot,
    list_link,
    record_link,
    staff,
)
from fsportal.settings_area.phones import PhoneField
from fsportal.settings_area.reach import email_link, phone_link
from fsportal.settings_area.record_page import NextStep, RecordWithForm, Related
from fsportal.settings_area.story import SEES_AUDIT, Source, audited, seen_by
from notifications.admin import conversation_part
from notifications.admin.message_story import messages
from portal.access.see_as import begin
from portal.access.viewer import SEE_AS_PERMISSION
from portal.admin import consent, email_bounces
from portal.admin.invitations import ADD, invitations_of
from portal.admin.portal_status import portal_note
from portal.models import Invitation


def take_along(request: HttpRequest, contact: Contact, form: Any) -> None:
    """Let the sign-in follow an email that `form` has just changed, or warn that it did not."""
    user, old = contact.portal_user, form.initial.get("email", "")
    if "email" not in form.changed_data or user is None or not old or user.email.lower() != old.lower():
        return
    if not request.user.has_perm("fsportal.change_user"):
        said = _("%(contact)s still signs in with %(old)s. Ask somebody who looks after users to change that, too.")
        django_messages.warning(request, said % {"contact": contact, "old": old})
    elif contact.sign_in_follows(by=request.user):
        django_messages.success(request, _("%(contact)s signs in with the new address, too.") % {"contact": contact})
    else:
        said = _("%(contact)s still signs in with %(old)s: there is no new address, or somebody else signs in with it.")
        django_messages.warning(request, said % {"contact": contact, "old": old})


class PhoneForm(AnyModelForm):
    """Takes a mobile phone as people say it, in the account's country or else the company's."""

    mobile_phone = PhoneField(label=gettext_lazy("Mobile phone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        phone = self.fields.get("mobile_phone")
        if isinstance(phone, PhoneField) and self.instance.account_id and not self.instance._state.adding:  # noqa: SLF001
            phone.country = self.instance.account.country


class ContactForm(PhoneForm):
    def clean_portal_user(self) -> User | None:
        user: User | None = self.cleaned_data["portal_user"]
        if user is not None and (user.is_staff or user.is_superuser):
            raise ValidationError(_("This user signs in to the Settings area; choose a customer's own user."))
        return user


# --- Actions ----------------------------------------------------------------------------------------------------------
def _create(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    refuse_unless(_has_no_account(contact))
    _invitation, is_new = Invitation.offer(contact, by=staff(request))
    if is_new:
        return _("The invitation is made. Send it by email, or copy its code.")
    return _("%(contact)s has an open invitation already: this one.") % {"contact": contact}


def _create_each(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    _invitation, is_new = Invitation.offer(contact, by=staff(request))
    if not is_new:
        raise ActionRefused
    return ""


def _has_no_account(contact: Contact) -> bool:
    return contact.portal_user_id is None


def _open_invitation(contact: Contact) -> str:
    """Return the URL of the invitation that the contact can redeem, or of the contact if there is none."""
    found = Invitation.objects.open_for(contact, timezone.now()).first()
    return change_url(found or contact)


def _see_as(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    begin(request, contact, timezone.now())
    return ""  # the bar above the portal says it


ACTIONS = [
    *email_bounces.ACTIONS,
    *consent.ACTIONS,
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
    RecordAction(
        "see-as",
        gettext_lazy("See the portal as this customer"),
        _see_as,
        SEE_AS_PERMISSION,
        lands=lambda contact: reverse("home"),
    ),
]


#: Lists that belong to a contact: model, words, and the list's look-up of the contact.
RELATED = [
    ("notifications.customernotification", gettext_lazy("Messages sent to this contact"), "contact__id__exact"),
    ("bookings.bookingnotificationcode", gettext_lazy("Booking notification codes"), "contact__id__exact"),
    ("bookings.workorder", gettext_lazy("Work orders reported"), "reported_by__id__exact"),
    ("fsportal.auditentry", gettext_lazy("What was done with this contact"), "subject_id__exact"),
    ("portal.invitation", gettext_lazy("Invitations"), "contacts__id__exact"),
]


#: Contacts may have any tag, such as de-CH; the languages of the portal take their variants along.
LanguageFilter = choice_filter(
    gettext_lazy("language"),
    "language",
    lambda: {code: (name, Q(language=code) | Q(language__startswith=f"{code}-")) for code, name in settings.LANGUAGES},
)


@admin.register(Contact)
class ContactAdmin(RecordWithForm):
    """The people to whom messages go."""

    form = ContactForm
    change_form_template = "admin/contact.html"
    list_display = ["name", "account_link", "email", "mobile_phone", "language", "opted_out"]
    more_columns = ("time_zone", "email_bounced_at", "created_at")
    list_filter = [consent.OptedOutFilter, LanguageFilter, "account__is_excluded"]
    list_select_related = ["account"]
    # That email comes back is told above the form (email_bounces.py).
    fieldsets = [
        (None, {"fields": ["account", "name", "email", "mobile_phone", "language"]}),
        (gettext_lazy("Time zone and sign-in"), {"fields": ["time_zone", "portal_user"], "classes": ["collapse"]}),
    ]
    search_fields = ["name", "email", "mobile_phone", "account__name"]
    autocomplete_fields = ["account", "portal_user"]
    inlines = [consent.OptOutInline, consent.MessageChoiceInline]
    # By a column of another table a hundred thousand rows would be joined and sorted.
    sortable_by = ["name", "email", "mobile_phone", "language"]
    list_per_page = 50
    record_actions = ACTIONS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        return super().get_queryset(request).select_related("account", "portal_user").prefetch_related("opt_outs")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A contact stays with their account; only those who may change users choose the portal user."""
        fixed = [] if obj is None else ["account"]
        return fixed if request.user.has_perm("fsportal.change_user") else [*fixed, "portal_user"]

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        take_along(request, obj, form)

    @admin.display(description=gettext_lazy("account"), ordering="account__name")
    def account_link(self, record: Contact) -> SafeString:
        return record_link(record.account)

    @admin.display(description=gettext_lazy("opted out of"))
    def opted_out(self, record: Contact) -> SafeString | str:
        names = [choice_label(opt_out, "channel") for opt_out in record.opt_outs.all() if opt_out.ended_at is None]
        return dot(", ".join(names), ATTENTION) if names else ""

    # --- One contact ------------------------------------------------------------------------------------------------
    def state_dot(self, record: Contact) -> SafeString | str:
        """Return what stands against reaching them; whether they use the portal is told beside the form."""
        if record.email_bounced_at is not None:
            return dot(_("Email comes back"), ATTENTION)
        opted_out = self.opted_out(record)
        return format_html("{} {}", _("Opted out of"), opted_out) if opted_out else dot(_("Gets messages"), GOOD)

    def key_facts(self, request: HttpRequest, record: Contact) -> list[Any]:
        return [
            phone_link(record.mobile_phone),
            email_link(record.email),
            record_link(record.account),
            _language(record),
        ]

    def next_steps(self, request: HttpRequest, record: Contact) -> list[NextStep]:
        steps = new_visit_step(request, contact=record.pk)
        if request.user.has_perms(MAY_WRITE):
            steps.append(NextStep(_("Write a message…"), reverse("admin:write-to-contact", args=[record.pk])))
        return steps

    def details(self, request: HttpRequest, record: Contact) -> dict[str, Any]:
        page = {
            "portal_note": portal_note(request, record),
            "conversation": conversation_part.latest(request, record),
            "bounce_note": email_bounces.bounce_note(record),
        }
        return page | ({"upcoming": upcoming_plans(record)} if request.user.has_perm(MAY_SEE) else {})

    def related(self, request: HttpRequest, record: Contact) -> list[Related]:
        visits = []
        if request.user.has_perm(MAY_SEE):
            reported = {"work_order__reported_by__id__exact": record.pk}
            visits = visits_beside(visits_of(record), timezone.now(), reported)
        return [*visits, Related(_("Belongs to this contact"), leads_to=list(_lists(request, record)))]

    def sources(self, request: HttpRequest, record: Contact) -> list[Source]:
        return seen_by(
            request,
            (MAY_SEE, changes_of(visits_of(record))),
            ("notifications.view_customernotification", messages(record.notifications.all())),
            ("portal.view_invitation", invitations_of(record)),
            (SEES_AUDIT, audited(record)),
        )


def _language(contact: Contact) -> str:
    """Return the name of a contact's language, if the portal has it; otherwise its tag."""
    return str(dict(settings.LANGUAGES).get(contact.language.partition("-")[0], contact.language))


def visits_of(contact: Contact) -> BookingQuerySet:
    """Return the visits that a contact reported and, if they are the account's primary one, those nobody reported."""
    mine = Q(reported_by=contact)
    if contact.account.primary_contact_id == contact.pk:
        mine |= Q(reported_by=None, account=contact.account_id)
    return Booking.objects.filter(work_order__in=WorkOrder.objects.filter(mine).order_by().values("pk"))


def _lists(request: HttpRequest, contact: Contact) -> Iterator[SafeString]:
    """Yield links to the lists and the page that this person may see."""
    for model, words, lookup in RELATED:
        app, name = model.split(".")
        if request.user.has_perm(f"{app}.view_{name}"):
            yield list_link(model, words, **{lookup: contact.pk}, **_kind_of(model))
    if request.user.has_perm("portal.view_webrole"):
        url = reverse("admin:portal_webrole_of_contact", args=[contact.pk])
        yield format_html('<a href="{}">{}</a>', url, _("Web Roles"))


def _kind_of(model: str) -> dict[str, object]:
    """Return what a list about records of all kinds has to be asked besides their key."""
    about_contacts: dict[str, object] = {"subject_type__id__exact": ContentType.objects.get_for_model(Contact).pk}
    return about_contacts if model == "fsportal.auditentry" else {}
