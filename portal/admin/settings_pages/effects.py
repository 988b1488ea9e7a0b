"""What saving would do to messages that are to come, in words, beside the form of a subject."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings import plan_settings
from bookings.models import Reminder
from bookings.plan import Planned, SettingsToBe
from bookings.plan_settings import ComingMessage, SettingsEffect
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from fsportal.settings_area.parts import company_moment, site_moment
from notifications.customers.kinds import label_of
from notifications.customers.preparing import is_guest
from notifications.models import CustomerNotification, Reason, State
from portal.admin.settings_pages.subjects import Subject
from portal.models.invitation import EVENT as INVITATION

#: Messages that are named, of each kind of change.
NAMED = 3


@dataclass(frozen=True)
class EffectGroup:
    """One kind of change: how many messages, which, and the first of them."""

    says: str
    tone: str
    counts: list[str]
    named: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ShownEffect:
    remark: str = ""
    groups: list[EffectGroup] = field(default_factory=list)
    looked_at: str = ""


def at_rest(subject: Subject) -> ShownEffect:
    """Return what is said while nothing is changed on the page."""
    if not subject.changes_messages:
        return ShownEffect(str(subject.no_effect))
    return ShownEffect(_("Change something, and it says here which messages would go, or not, or when."))


def of_change(
    subject: Subject, to_be: PortalSettings, reminders: list[Reminder], now: dt.datetime, *, names: bool
) -> ShownEffect:
    """Return what saving would do; without `names` no single message is named."""
    if not subject.changes_messages:
        return at_rest(subject)
    before = PortalSettings.load()
    if subject.slug == "delivery" and settings.DELIVERY_MODE != "guest-list":
        return ShownEffect(_("The guest list counts in guest-list mode only, which is off. Nothing changes."))
    effect = plan_settings.effect_of(SettingsToBe(to_be, reminders), now)
    groups = _of_guests(effect, before, to_be) if subject.slug == "delivery" else _groups(effect, names=names)
    groups += _of_invitations(before, to_be)
    remark = "" if groups else _("No message that is to come would change.")
    return ShownEffect(remark, groups, _looked_at(effect))


def _groups(effect: SettingsEffect, *, names: bool) -> list[EffectGroup]:
    found = [
        (_would_go(len(effect.sent)), "good", effect.sent, _sent_line),
        (_would_not_go(len(effect.withdrawn)), "attention", effect.withdrawn, _withdrawn_line),
        (_would_move(len(effect.moved)), "waiting", effect.moved, _moved_line),
    ]
    return [
        EffectGroup(says, tone, _counts(changes), [line(one) for one in changes[:NAMED]] if names else [])
        for says, tone, changes, line in found
        if changes
    ]


def _would_go(number: int) -> str:
    return ngettext(
        "%(number)d message would go that does not go now", "%(number)d messages would go that do not go now", number
    ) % {"number": number}


def _would_not_go(number: int) -> str:
    return ngettext("%(number)d message would not go any more", "%(number)d messages would not go any more", number) % {
        "number": number
    }


def _would_move(number: int) -> str:
    return ngettext(
        "%(number)d message would go at another time", "%(number)d messages would go at another time", number
    ) % {"number": number}


def _counts(changes: list[ComingMessage]) -> list[str]:
    """Return the numbers by message and, for those that would not go, by reason."""
    found = Counter((one.planned.event, one.reason if one.after is None else None) for one in changes)
    return [
        _("%(message)s: %(number)d") % {"message": label_of(event), "number": number}
        + (f" ({Reason(reason).label})" if reason else "")
        for (event, reason), number in found.most_common()
    ]


def _name(one: ComingMessage) -> dict[str, str]:
    return {
        "order": one.booking.work_order.number,
        "message": label_of(one.planned.event),
        "channel": str(Channel(one.planned.channel).label),
        "before": _when(one, one.before),
        "after": _when(one, one.after),
    }


def _when(one: ComingMessage, at: dt.datetime | None) -> str:
    return site_moment(at, one.booking.zone_name)


def _sent_line(one: ComingMessage) -> str:
    return _("%(order)s, %(message)s, %(channel)s: %(after)s") % _name(one)


def _withdrawn_line(one: ComingMessage) -> str:
    return _("%(order)s, %(message)s, %(channel)s: not %(before)s") % _name(one)


def _moved_line(one: ComingMessage) -> str:
    return _("%(order)s, %(message)s, %(channel)s: %(after)s instead of %(before)s") % _name(one)


def _of_guests(effect: SettingsEffect, before: PortalSettings, to_be: PortalSettings) -> list[EffectGroup]:
    """Return how many messages would reach somebody, or nobody any more, because of the guest list."""
    reached, lost = list[Planned](), list[Planned]()
    for planned in effect.going:
        address = planned.contact.address_on(planned.channel) if planned.contact else ""
        was, will = is_guest(address, before), is_guest(address, to_be)
        if will and not was:
            reached.append(planned)
        elif was and not will:
            lost.append(planned)
    to_guests = ngettext(
        "%(number)d message would reach a guest", "%(number)d messages would reach guests", len(reached)
    ) % {"number": len(reached)}
    to_nobody = ngettext(
        "%(number)d message would be simulated", "%(number)d messages would be simulated", len(lost)
    ) % {"number": len(lost)}
    found = [(reached, "good", to_guests), (lost, "attention", to_nobody)]
    return [EffectGroup(says, tone, _by_event(some)) for some, tone, says in found if some]


def _by_event(some: Iterable[Planned]) -> list[str]:
    found = Counter(planned.event for planned in some).most_common()
    return [_("%(message)s: %(number)d") % {"message": label_of(event), "number": number} for event, number in found]


def _of_invitations(before: PortalSettings, to_be: PortalSettings) -> list[EffectGroup]:
    """Return how many invitations wait that would not go any more; those that were not sent are not sent later."""
    if to_be.sends(INVITATION) or not before.sends(INVITATION):
        return []
    waiting = CustomerNotification.objects.filter(state=State.QUEUED, event=INVITATION)
    number = waiting.order_by()[: plan_settings.MOST].count()
    if not number:
        return []
    line = _("%(message)s: %(number)d") % {"message": label_of(INVITATION), "number": number}
    return [EffectGroup(_would_not_go(number), "attention", [line])]


def _looked_at(effect: SettingsEffect) -> str:
    if effect.until is None:
        words = ngettext(
            "Looked at %(number)d visit that is to come or has a message waiting.",
            "Looked at all %(number)d visits that are to come or have a message waiting.",
            effect.visits,
        )
        return words % {"number": effect.visits}
    words = _(
        "Looked at %(number)d visits: those up to %(until)s, and those of the newest waiting messages. For later"
        " visits it would be alike."
    )
    return words % {"number": effect.visits, "until": company_moment(effect.until)}
