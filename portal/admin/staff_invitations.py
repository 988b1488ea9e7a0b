"""Inviting staff by email: the form, and what the pages of users say of an invitation."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Resource
from fsportal.lib.text import validate_no_control
from fsportal.lib.throttle import Throttle
from fsportal.lib.zones import supported_language
from fsportal.models import BusinessUnit, PortalSettings, User
from fsportal.settings_area.actions import ActionRefused, ConfirmForm, RecordAction, refuse_unless
from fsportal.settings_area.parts import ATTENTION, QUIET, WAITING, change_url, company_moment, dot, staff
from portal.invitations.redeem import one_name_at_a_time
from portal.models import StaffInvitation, StaffInvitationState
from portal.models.staff_invitation import waiting

#: Each is an email in the company's name to an address that somebody typed.
INVITATIONS = Throttle("staff-invitations", limit=50, seconds=3600)
#: The role that does not open the Settings area.
TECHNICIAN = "technician"
LONGEST_USERNAME = 150
TONES = {
    StaffInvitationState.OPEN: WAITING,
    StaffInvitationState.EXPIRED: ATTENTION,
    StaffInvitationState.WITHDRAWN: QUIET,
}


def grantable(user: User) -> list[Group]:
    """Return the roles that this user may give: none that may do what they may not themselves."""
    groups = Group.objects.order_by("name").prefetch_related("permissions__content_type")
    if user.is_superuser:
        return list(groups)
    own = user.get_all_permissions()
    return [
        group
        for group in groups
        if all(f"{one.content_type.app_label}.{one.codename}" in own for one in group.permissions.all())
    ]


class InviteStaffForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("Email address"), max_length=254)
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=150, validators=[validate_no_control])
    last_name = forms.CharField(
        label=gettext_lazy("Last name"), max_length=150, required=False, validators=[validate_no_control]
    )
    roles = forms.ModelMultipleChoiceField(
        Group.objects.none(),
        label=gettext_lazy("Roles"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("You can give the roles that may do no more than you may yourself."),
        error_messages={"required": gettext_lazy("Choose at least one role: without one they could do nothing.")},
    )
    technician = forms.ModelChoiceField(
        Resource.objects.none(),
        label=gettext_lazy("Which technician they are"),
        required=False,
        empty_label=gettext_lazy("A new technician of this name"),
        help_text=gettext_lazy("Only for the role technician: whose visits their page shows."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the email"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        roles, technician = self.fields["roles"], self.fields["technician"]
        assert isinstance(roles, forms.ModelMultipleChoiceField)
        assert isinstance(technician, forms.ModelChoiceField)
        roles.queryset = Group.objects.filter(pk__in=[group.pk for group in grantable(by)]).order_by("name")
        technician.queryset = Resource.objects.filter(user=None, is_active=True).order_by("name")

    def clean_email(self) -> str:
        """Return the address in lower case; refuse one with which somebody signs in or was invited already."""
        email = str(self.cleaned_data["email"]).lower()
        known = User.objects.filter(Q(email__iexact=email) | Q(username__iexact=email)).filter(~waiting()).first()
        if known is not None:
            raise ValidationError(
                _("%(name)s has this address already. Give them their roles on the page of their user."),
                params={"name": known},
            )
        if User.objects.filter(waiting(), email__iexact=email).exists():
            raise ValidationError(_("This address was invited already. Open its user to send the invitation again."))
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self._is_technician(data) and not data.get("technician"):
            name = self._full_name(data)
            if not self.by.has_perm("bookings.add_resource"):
                self.add_error("technician", _("Choose the technician: you may not add one."))
            elif Resource.objects.filter(name=name).exists():
                words = _("There is a technician called %(name)s already. Choose them, or write another name.")
                self.add_error("technician", words % {"name": name})
        elif data.get("technician") and not self.by.has_perm("bookings.change_resource"):
            self.add_error("technician", _("You may not change technicians. Ask an admin."))
        elif data.get("technician") and not self._is_technician(data):
            self.add_error("technician", _("Choose the role technician as well, or no technician here."))
        return data

    @staticmethod
    def _is_technician(data: dict[str, Any]) -> bool:
        return any(group.name == TECHNICIAN for group in data.get("roles") or [])

    @staticmethod
    def _full_name(data: dict[str, Any]) -> str:
        return f"{data.get('first_name', '')} {data.get('last_name', '')}".strip()[:100]

    @transaction.atomic
    def invite(self, now: dt.datetime) -> StaffInvitation:
        """Make the user, the technician if they are a new one, and the invitation. Raises ActionRefused."""
        one_name_at_a_time()
        data = self.cleaned_data
        if User.objects.filter(email__iexact=data["email"]).exists():
            raise ActionRefused(_("Somebody else has just invited this address."))
        user = User(
            username=_free_username(data["email"]),
            email=data["email"],
            first_name=data["first_name"],
            last_name=data["last_name"],
            is_staff=any(group.name != TECHNICIAN for group in data["roles"]),
            business_unit=self.by.business_unit or BusinessUnit.objects.filter(parent=None).order_by("name").first(),
        )
        invitation = StaffInvitation.invite(user, data["roles"], by=self.by, language=data["language"], now=now)
        if self._is_technician(data):
            self._link_technician(user)
        return invitation

    def _link_technician(self, user: User) -> None:
        chosen: Resource | None = self.cleaned_data["technician"]
        if chosen is None:
            zone = PortalSettings.load().time_zone
            Resource.objects.create(name=self._full_name(self.cleaned_data), user=user, time_zone=zone)
        elif not Resource.objects.filter(pk=chosen.pk, user=None).update(user=user):
            raise ActionRefused(_("That technician has a user by now. Choose another one."))


def _free_username(email: str) -> str:
    """Return the address as user name, or its letters with a number where it cannot be one."""
    try:
        UnicodeUsernameValidator()(email)
    except ValidationError:
        email = "".join(mark for mark in email if mark.isalnum() or mark in "@.+-_")
    name, number = email[: LONGEST_USERNAME - 5], 1
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{email[: LONGEST_USERNAME - 5]}{number}"
    return name


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the form; with a good one, invite and go to the page of the user."""
    by = staff(request)
    if not by.has_perm("fsportal.add_user"):
        raise PermissionDenied
    posted = request.method == "POST"
    form = InviteStaffForm(request.POST if posted else None, by=by, initial={"language": _own_language()})
    if posted and form.is_valid():
        try:
            _count(by)
            invitation = form.invite(timezone.now())
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _what_happens(invitation.user.email))
            return HttpResponseRedirect(change_url(invitation.user))
    own = {"title": _("Invite staff"), "form": form, "opts": User._meta}
    return TemplateResponse(request, "admin/invite_staff.html", context | own, status=400 if form.errors else 200)


def _what_happens(email: str) -> str:
    words = {
        "live": _("An email with a link is on its way to %(email)s."),
        "guest-list": _("An email with a link goes to %(email)s, if that is on the guest list."),
        "simulate": _(
            "%(email)s is invited. Delivery is simulated: send the invitation again once email is connected."
        ),
    }
    return words[settings.DELIVERY_MODE] % {"email": email}


def _own_language() -> str:
    return supported_language(translation.get_language() or "en")


def _count(by: User) -> None:
    if INVITATIONS.count(str(by.pk)):
        raise ActionRefused(_("Many invitations went out within the hour. Wait a while, then go on."))


# --- On the pages of users --------------------------------------------------------------------------------------------
def state_of(user: User) -> SafeString | str:
    """Return the state of the invitation of somebody who has not come in, with its colour; "" for everybody else."""
    invitation = getattr(user, "staff_invitation", None)
    state = invitation.state(timezone.now()) if invitation else StaffInvitationState.ACCEPTED
    return "" if state == StaffInvitationState.ACCEPTED else dot(state.label, TONES[state])


def explained(user: User) -> str:
    """Return a sentence about the invitation of somebody who has not come in; "" for everybody else."""
    invitation: StaffInvitation | None = getattr(user, "staff_invitation", None)
    if invitation is None:
        return ""
    words = {"at": company_moment(invitation.sent_at), "until": company_moment(invitation.expires_at)}
    return {
        StaffInvitationState.OPEN: _("Invited %(at)s. The link works until %(until)s.") % words,
        StaffInvitationState.EXPIRED: _("Invited %(at)s. The link worked until %(until)s.") % words,
        StaffInvitationState.WITHDRAWN: _("Invited %(at)s; the invitation was withdrawn.") % words,
    }.get(invitation.state(timezone.now()), "")


def _may_be_sent(user: User) -> bool:
    return bool(state_of(user)) and bool(user.email)


def _may_be_withdrawn(user: User) -> bool:
    return StaffInvitation.objects.open(timezone.now()).filter(user=user).exists()


def _send(request: HttpRequest, record: User, data: dict[str, Any]) -> str:
    by = staff(request)
    _refuse_beyond_own_rights(by, record)
    refuse_unless(_may_be_sent(record))
    _count(by)
    record.staff_invitation.send(by=by, now=timezone.now())
    return " ".join([_what_happens(record.email), _("Earlier links no longer work.")])


def _withdraw(request: HttpRequest, record: User, data: dict[str, Any]) -> str:
    refuse_unless(_may_be_withdrawn(record))
    record.staff_invitation.withdraw(by=staff(request), now=timezone.now())
    return _("The invitation is withdrawn: its link opens nothing. The user stays, and cannot sign in.")


def _refuse_beyond_own_rights(by: User, invited: User) -> None:
    beyond = set(invited.groups.values_list("pk", flat=True)) - {group.pk for group in grantable(by)}
    if not by.is_superuser and (beyond or invited.is_superuser or invited.user_permissions.exists()):
        raise ActionRefused(_("This user may do more than you may yourself. A superuser can send the invitation."))


SEND_AGAIN = RecordAction(
    "send-invitation", gettext_lazy("Send the invitation again"), _send, "fsportal.change_user", possible=_may_be_sent
)
WITHDRAW = RecordAction(
    "withdraw-invitation",
    gettext_lazy("Withdraw the invitation"),
    _withdraw,
    "fsportal.change_user",
    possible=_may_be_withdrawn,
    form=ConfirmForm,
    explains=gettext_lazy("The link in the email then opens nothing. You can send the invitation again later."),
    tone="danger",
)
