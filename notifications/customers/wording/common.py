"""Placeholders that messages of several kinds have."""

from django.utils.translation import gettext_lazy as _

from fsportal.lib.text_direction import LRM, RIGHT_TO_LEFT, RLM
from fsportal.models import PortalSettings
from notifications.customers.wording.placeholders import Placeholder
from notifications.models import CustomerNotification

#: Links, and what is as long as one.
IN_TEXT = ("body", "sms")

COMPANY = Placeholder("company", _("your company's name"), _("Contoso Heating"))
CONTACT = Placeholder("contact", _("the name of the person who gets the message"), "Anna Ng")
PHONE = Placeholder("phone", _("your company's phone number"), "020 7946 0000")
EMAIL = Placeholder("email", _("your company's email address"), "help@contoso.example")
#: What every message can name.
COMMON: tuple[Placeholder, ...] = (COMPANY, CONTACT, PHONE, EMAIL)
#: The name of the placeholder for the part of a service.
PART = "service_part"
SERVICE_PART = Placeholder(
    PART, _("the part that you wrote for the type of service; without this name, it stands at the end"), fields=IN_TEXT
)


def common_values(notification: CustomerNotification, portal_settings: PortalSettings, language: str) -> dict[str, str]:
    phone = portal_settings.contact_phone
    return {
        "company": portal_settings.company_name,
        "contact": notification.contact.name if notification.contact else "",
        # The marks keep the groups of a number in order (docs/translating.md).
        "phone": f"{LRM}{phone}{RLM}" if phone and language in RIGHT_TO_LEFT else phone,
        "email": portal_settings.contact_email,
    }
