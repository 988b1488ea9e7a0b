"""Filters of the list of in-app notifications."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.settings_area.filters import Choices, choice_filter
from notifications.admin.storage import AGES
from notifications.inapp import staff_cards


def _ages() -> Choices:
    now = timezone.now()
    older = {
        f"{age.days}+": (_("older than %(days)d days") % {"days": age.days}, Q(created_on__lte=now - age))
        for age in AGES[1:]
    }
    return {"1": (_("the last day"), Q(created_on__gt=now - AGES[0])), **older}


def _states() -> Choices:
    live = Q(dismissed_at=None, expires_at__gt=timezone.now())
    return {
        "new": (_("not seen"), live & Q(seen_at=None)),
        "seen": (_("seen"), live & Q(seen_at__isnull=False)),
        "dismissed": (_("dismissed"), Q(dismissed_at__isnull=False)),
        "expired": (_("expired"), Q(dismissed_at=None, expires_at__lte=timezone.now())),
    }


#: In the same steps as the storage page.
AgeFilter = choice_filter(gettext_lazy("age"), "age", _ages)
AppNotificationStateFilter = choice_filter(gettext_lazy("state"), "state", _states)
KindFilter = choice_filter(
    gettext_lazy("kind"), "kind", lambda: {kind.name: (kind.label, Q(kind=kind.name)) for kind in staff_cards.kinds()}
)
#: No single users: thousands are too many to choose from, and the search finds them.
SenderFilter = choice_filter(
    gettext_lazy("sender"),
    "from",
    {
        "portal": (gettext_lazy("the portal itself"), Q(sender=None)),
        "people": (gettext_lazy("people and programs"), Q(sender__isnull=False)),
        "me": (gettext_lazy("me"), lambda queryset, request: queryset.filter(sender=request.user.pk)),
    },
)
