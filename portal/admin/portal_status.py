"""A contact's portal user, invitation and web roles, as a note on their page in the Settings area."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fsportal.models import Contact
from fsportal.settings_area.parts import (
    ATTENTION,
    FAILED,
    GOOD,
    QUIET,
    WAITING,
    change_url,
    dot,
    site_moment,
)
from portal.admin.invitation_emails import sendings
from portal.admin.invitations import state_dot
from portal.admin.invited_addresses import was_invited
from portal.models import WEB_API_USERS, Invitation


def portal_note(request: HttpRequest, contact: Contact) -> SafeString:
    """Return HTML about account, web role, the last invitation and what became of it."""
    # One that can still be redeemed matters more than a later one that cannot.
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
    """Return when the automatic invite went to this contact's address, or ""."""
    trace = was_invited(contact) if contact.email else None
    return site_moment(trace.invited_at, contact.account.time_zone) if trace else ""
