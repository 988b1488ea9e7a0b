"""Tags for the pages around sign-in."""

from typing import Any

from django import template
from django.template import Context

from portal.access.middleware import lacks_second_factor
from portal.sign_in import passkeys

register = template.Library()


@register.simple_tag(takes_context=True)
def passkeys_work(context: Context) -> bool:
    """Tell whether passkeys can be made and used at this address."""
    return passkeys.work_here(context["request"])


@register.simple_tag(takes_context=True)
def named_address(context: Context) -> str:
    """Return the same page's address by the machine's name, where passkeys work; or ""."""
    origin = passkeys.named_address(context["request"])
    return f"{origin}{context['request'].path}" if origin else ""


@register.filter
def in_groups(code: Any) -> str:
    """Return a code of digits in groups of four, as it is read and typed most easily."""
    text = str(code)
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


@register.simple_tag(takes_context=True)
def second_factor_missing(context: Context) -> bool:
    """Tell whether this is a member of staff who must set up a second factor first."""
    return lacks_second_factor(context["request"])
