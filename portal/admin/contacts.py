"""What a contact's page in the Settings area gains: inviting, web roles, and how they stand with the portal."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import Contact, User
from fsportal.settings_area.deeds import Confirm, Deed, DeedRefused, refuse_unless
from fsportal.settings_area.parts import ATTENTION, FAILED, GOOD, QUIET, WAITING, change_url, dot, site_moment
from fsportal.settings_area.people import ContactAdmin
from portal.admin.addresses import was_invited
from portal.admin.invitations import ADD, state_dot
from portal.admin.messages import sendings
from portal.models import WEB_API_USERS, Invitation


def _create(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    refuse_unless(_has_no_account(contact))
    _invitation, is_new = Invitation.offer(contact, by=_user(request))
    if is_new:
        return _("The invitation is made. Send it by email, or copy its code.")
    return _("%(contact)s has an open invitation already: this one.") % {"contact": contact}


def _create_each(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    _invitation, is_new = Invitation.offer(contact, by=_user(request))
    if not is_new:
        raise DeedRefused
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


ContactAdmin.deeds += [
    Deed(
        "create-invitation",
        gettext_lazy("Create Invitation"),
        _create,
        ADD,
        possible=_has_no_account,
        lands=_open_invitation,
    ),
    Deed(
        "create-invitations",
        gettext_lazy("Create invitations"),
        _create_each,
        ADD,
        possible=_has_no_account,
        form=Confirm,
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
