"""The bell on every staff page."""

from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.utils import timezone

from fsportal.models import PortalSettings, User
from notifications.inapp import cards
from notifications.inapp.privileges import has_bell

register = template.Library()


@register.inclusion_tag("notifications/inapp/bell.html", takes_context=True)
def bell(context: Context) -> dict[str, Any]:
    """Show the bell with its badge to users who have one, and nothing to others."""
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not has_bell(user):
        return {"shown": False}
    number = cards.unseen(user, timezone.now())
    return {
        "shown": True,
        "user_id": user.pk,
        "badge": cards.badge(number),
        "words": cards.badge_label(number),
        "every": PortalSettings.load().in_app_poll_seconds,
        "csrf_token": context.get("csrf_token"),
        "frame_hosts": " ".join(settings.FRAME_HOSTS),
    }
