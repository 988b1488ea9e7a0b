"""What *Find* finds on this floor: messages to customers."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from fsportal.settings_area.find import FindGroup, FindRecords, FindSearch, Hit, hit_of
from fsportal.settings_area.parts import company_moment
from notifications.customers import kinds
from notifications.models import CustomerNotification


def _messages(search: FindSearch) -> QuerySet[CustomerNotification]:
    theirs = Q(contact__in=search.contacts)
    if len(search.words) == 1 and search.has_digit:
        theirs |= Q(provider_id=search.text)
    return CustomerNotification.objects.filter(theirs).select_related("contact").order_by("-created_at")


def _message(row: CustomerNotification) -> Hit:
    who = row.contact.name if row.contact else ""
    what = f"{kinds.label_of(row.event)}, {row.get_channel_display()}"
    return hit_of(row, what, who, company_moment(row.created_at), row.get_state_display())


GROUPS = [
    FindGroup(
        "messages",
        gettext_lazy("Notifications"),
        FindRecords(CustomerNotification, _messages, _message),
        "notifications_customernotification",
    )
]
