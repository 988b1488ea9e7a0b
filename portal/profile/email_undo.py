"""Taking a change of email address back, by the link in the message to the old address."""

import datetime as dt
import uuid

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from fsportal.models import Contact
from notifications.models import CustomerNotification
from portal.sign_in.sessions import sign_out_everywhere

SALT = "portal.email-undo"
WORKS_FOR = dt.timedelta(days=7)


def link_of(notification: CustomerNotification) -> str:
    """Return the link for the message that tells the old address; it works for seven days."""
    token = signing.dumps(str(notification.pk), salt=SALT)
    return settings.SITE_URL + reverse("profile-email-undo", args=[token])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to take the change back, since mail scanners open links, and do it on a POST."""
    told = _told(token)
    if told is None:
        return render(request, "portal/profile/email_undo.html", {"is_over": True}, status=404)
    if request.method == "POST":
        try:
            _take_back(told)
        except ValueError as error:
            messages.error(request, str(error))
            return render(request, "portal/profile/email_undo.html", {"is_over": True}, status=409)
        messages.success(request, _("Your old address is back. Now choose a new password."))
        return redirect("account_reset_password")
    return render(request, "portal/profile/email_undo.html", {"is_over": False})


def _told(token: str) -> CustomerNotification | None:
    try:
        pk = uuid.UUID(signing.loads(token, salt=SALT, max_age=WORKS_FOR))
    except (signing.BadSignature, ValueError):
        return None
    found = CustomerNotification.objects.filter(pk=pk, event="email_changed").exclude(to="").first()
    if found is None or found.contact is None or found.contact.portal_user is None:
        return None
    return found if found.contact.email.lower() != found.to.lower() else None


@transaction.atomic
def _take_back(told: CustomerNotification) -> None:
    """Raise ValueError when somebody else signs in with the old address by now."""
    contact: Contact | None = told.contact
    assert contact is not None
    assert contact.portal_user is not None
    contact.change_email(told.to, by=contact.portal_user)
    sign_out_everywhere(contact.portal_user)
