"""Email that came back: what the page of a contact says of it, and trying the address again."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import Contact
from fsportal.settings_area.actions import RecordAction, refuse_unless
from fsportal.settings_area.parts import company_moment, staff


def bounce_note(contact: Contact) -> SafeString | str:
    """Return HTML that says since when and why the contact gets no email; empty if they do."""
    if contact.email_bounced_at is None:
        return ""
    context = {"since": company_moment(contact.email_bounced_at), "said": contact.email_bounce}
    return render_to_string("admin/includes/bounce_note.html", context)


def _try_again(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    refuse_unless(contact.try_email_again(by=staff(request)))
    return _("Email goes to this address again, beginning with what is still true and was held back.")


ACTIONS = [
    RecordAction(
        "try-email-again",
        gettext_lazy("Try email again"),
        _try_again,
        "fsportal.change_contact",
        possible=lambda contact: contact.email_bounced_at is not None,
    ),
]
