"""What *Find* finds on this floor: messages to customers."""

from django.utils.translation import gettext_lazy

from fsportal.settings_area.find import FindGroup, Hit, InList, hit_of
from fsportal.settings_area.parts import company_moment
from notifications.customers import kinds
from notifications.models import CustomerNotification


def _message(row: CustomerNotification) -> Hit:
    who = row.contact.name if row.contact else ""
    what = f"{kinds.label_of(row.event)}, {row.get_channel_display()}"
    return hit_of(row, what, who, company_moment(row.created_at), row.get_state_display())


GROUPS = [
    FindGroup(
        "messages",
        gettext_lazy("Notifications"),
        InList(
            CustomerNotification, _message, lambda rows: rows.select_related("contact").order_by("-created_at", "-pk")
        ),
        "notifications_customernotification",
    )
]
