"""When staff correct a contact's email: what becomes of the address that the contact signs in with.

It is the user's own, and a link to a new password goes there. Left behind, it would be a mailbox that is no longer
theirs, and the one that is would be unknown.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from fsportal.models import Contact


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
