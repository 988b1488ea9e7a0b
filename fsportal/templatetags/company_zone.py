"""The zone of a staff page, in words."""

from django import template
from django.utils import translation

from fsportal.lib import zones
from fsportal.settings_area.company_zone import current_zone

register = template.Library()


@register.simple_tag
def page_zone() -> str:
    """Return the name of the zone in which this page's times are: "Zurich time"."""
    return zones.plain_label(current_zone(), translation.get_language() or "en")
