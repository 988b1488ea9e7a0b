"""The button *See the portal as this customer* on a contact's page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import Contact
from fsportal.settings_area.deeds import Deed
from fsportal.settings_area.people import ContactAdmin
from portal.access import SEE_AS_PERMISSION
from portal.see_as import begin


def _see_as(request: HttpRequest, contact: Contact, data: dict[str, Any]) -> str:
    begin(request, contact, timezone.now())
    return ""  # the bar over the portal says it


ContactAdmin.deeds.append(
    Deed(
        "see-as",
        _("See the portal as this customer"),
        _see_as,
        SEE_AS_PERMISSION,
        lands=lambda contact: reverse("home"),
    )
)
