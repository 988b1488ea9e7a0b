"""The first page of the settings: the subjects, each with what it is set to now."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fsportal.lib import zones
from fsportal.models import PortalSettings
from portal.admin.settings_pages.subjects import SUBJECTS, Subject


@dataclass(frozen=True)
class OverviewCard:
    subject: Subject
    lines: list[str]


def cards(portal_settings: PortalSettings) -> list[OverviewCard]:
    return [
        OverviewCard(subject, [line for line in LINES[subject.slug](portal_settings) if line]) for subject in SUBJECTS
    ]


def _company(portal_settings: PortalSettings) -> list[str]:
    contact = " · ".join(filter(None, [portal_settings.contact_phone, portal_settings.contact_email]))
    return [
        _("No name yet: customers get nothing.") if portal_settings.is_unnamed else portal_settings.company_name,
        contact or _("Customers do not know whom to ask: no phone and no email."),
        portal_settings.time_zone,
        _("With a logo") if portal_settings.logo else _("Without a logo"),
    ]


def _messages(portal_settings: PortalSettings) -> list[str]:
    names = [field.name for field in PortalSettings._meta.fields if field.name.startswith("send_")]
    switches = [name for name in names if name != "send_messages_to"]
    off = [
        str(PortalSettings._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for name in switches
        if not getattr(portal_settings, name)
    ]
    return [
        _("Switched off: %(messages)s") % {"messages": ", ".join(off)} if off else _("All messages are on"),
        portal_settings.get_communication_type_display(),
    ]


def _reminders(portal_settings: PortalSettings) -> list[str]:
    if not portal_settings.sends("upcoming"):
        return [_("Off")]
    days, further = portal_settings.reminder_lead_days, portal_settings.reminders.filter(is_on=True).count()
    if portal_settings.reminder_in_site_zone:
        at, zone = f"{portal_settings.reminder_time:%H:%M}", _("in the zone of the place")
    else:
        moment = dt.datetime.combine(timezone.now().date(), portal_settings.reminder_time, dt.UTC)
        language = translation.get_language() or "en"
        at = zones.clock(moment, portal_settings.time_zone, language)
        zone = f"({zones.zone_label(moment, portal_settings.time_zone, language)})"
    clock = {"number": days, "time": at, "zone": zone}
    first = ngettext(
        "%(number)d day before, at %(time)s %(zone)s", "%(number)d days before, at %(time)s %(zone)s", days
    )
    return [
        first % clock,
        ngettext("%(number)d further reminder", "%(number)d further reminders", further) % {"number": further}
        if further
        else "",
        _("Asks for confirmation") if portal_settings.reminder_asks else "",
    ]


def _hours(portal_settings: PortalSettings) -> list[str]:
    lines = []
    for channel, name in (("sms", _("Text messages")), ("email", _("Emails"))):
        hours = portal_settings.hours(channel)
        words = {"name": name}
        if hours.opens is not None and hours.closes is not None:
            words |= {"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}"}
            line = _("%(name)s: %(opens)s to %(closes)s") % words
        else:
            line = _("%(name)s: at any hour") % words
        closed = [
            _("not at weekends") if not hours.at_weekends else "",
            _("not on public holidays") if not hours.on_holidays else "",
        ]
        lines.append(", ".join(filter(None, [line, *closed])))
    return lines


def _self_scheduling(portal_settings: PortalSettings) -> list[str]:
    if not portal_settings.self_scheduling:
        return [_("Off")]
    days, hours = portal_settings.min_lead_days, portal_settings.min_lead_hours
    shortest = [
        ngettext("%(number)d day", "%(number)d days", days) % {"number": days} if days or not hours else "",
        ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours} if hours else "",
    ]
    longest = portal_settings.max_lead_days
    ahead = ngettext("%(from)s to %(number)d day ahead", "%(from)s to %(number)d days ahead", longest)
    return [_("On"), ahead % {"from": " ".join(filter(None, shortest)), "number": longest}]


def _tracking(portal_settings: PortalSettings) -> list[str]:
    if not portal_settings.track_my_technician:
        return [_("Off")]
    shown = [
        _("map") if portal_settings.show_map and portal_settings.location_precision != "off" else "",
        _("name") if portal_settings.show_resource_name else "",
        _("picture") if portal_settings.show_resource_image else "",
        _("phone") if portal_settings.show_resource_phone else "",
    ]
    return [_("Shown: %(parts)s") % {"parts": ", ".join(filter(None, shown)) or _("nothing")}]


def _invitations(portal_settings: PortalSettings) -> list[str]:
    days = portal_settings.invitation_days
    return [
        portal_settings.get_auto_invite_whom_display() if portal_settings.auto_invite else _("No automatic invite"),
        ngettext("Invitations last %(number)d day", "Invitations last %(number)d days", days) % {"number": days}
        if days
        else _("Invitations do not expire"),
        _("Staff need a second factor") if portal_settings.staff_second_factor else "",
    ]


def _in_app(portal_settings: PortalSettings) -> list[str]:
    if not portal_settings.in_app_notifications:
        return [_("Off")]
    on_call = portal_settings.on_call.count()
    seconds = portal_settings.toast_seconds
    return [
        ngettext("Toasts stay %(number)d second", "Toasts stay %(number)d seconds", seconds) % {"number": seconds},
        ngettext("%(number)d person on call", "%(number)d people on call", on_call) % {"number": on_call}
        if on_call
        else _("Nobody on call"),
    ]


def _kept(portal_settings: PortalSettings) -> list[str]:
    def days(number: int) -> str:
        return ngettext("%(number)d day", "%(number)d days", number) % {"number": number} if number else _("for ever")

    return [
        _("Words of messages: %(span)s") % {"span": days(portal_settings.messages_kept_days)},
        _("Audit trail: %(span)s") % {"span": days(portal_settings.audit_kept_days)},
    ]


def _delivery(portal_settings: PortalSettings) -> list[str]:
    guests = len(portal_settings.guest_list.split())
    modes = {
        "live": _("Live: customers get their messages."),
        "guest-list": _("Guest list: only the addresses on it are reached."),
    }
    return [
        modes.get(settings.DELIVERY_MODE) or _("Simulated: nothing leaves this machine."),
        ngettext("%(number)d guest", "%(number)d guests", guests) % {"number": guests} if guests else "",
    ]


LINES: dict[str, Callable[[PortalSettings], list[str]]] = {
    "company": _company,
    "messages": _messages,
    "reminders": _reminders,
    "hours": _hours,
    "self-scheduling": _self_scheduling,
    "track-my-technician": _tracking,
    "invitations": _invitations,
    "in-app": _in_app,
    "kept": _kept,
    "delivery": _delivery,
}
