"""The emails that carried an invitation, and what became of each."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fsportal.lib.text import one_line
from fsportal.settings_area.parts import company_moment, dot, record_link
from notifications.admin.message_states import tone, what_to_do
from notifications.models import CustomerNotification

NAME_LIMIT = 60


@dataclass(frozen=True)
class Sending:
    """One email. `when` it was queued is a link to the log for those who may see that."""

    whom: str
    state: SafeString
    why: str
    to_do: str
    when: SafeString


def sendings(request: HttpRequest, messages: Iterable[CustomerNotification]) -> list[Sending]:
    may_see = request.user.has_perm("notifications.view_customernotification")
    return [_line(message, may_see=may_see) for message in messages]


def _line(message: CustomerNotification, *, may_see: bool) -> Sending:
    when = company_moment(message.created_at)
    is_held_back = bool(message.reason) and message.told_at is None
    return Sending(
        whom=one_line(message.contact.name, NAME_LIMIT) if message.contact else _("a deleted contact"),
        state=dot(message.get_state_display(), tone(message.state)),
        why=message.get_reason_display() if message.reason else "",
        to_do=what_to_do(message.reason) if is_held_back else "",
        when=record_link(message, when) if may_see else format_html("{}", when),
    )
