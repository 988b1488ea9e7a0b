"""What the customer will be told, as pages of the Settings area show it (bookings/plan.py says what that is)."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from bookings.models import Booking, BookingError, VerbDone
from bookings.models.draft import Draft
from bookings.plan import MessagePlan, Planned, plan, plan_change, plan_new
from bookings.tell_now import plan_tell_now
from fsportal.lib import zones
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from fsportal.settings_area.parts import change_url, masked_address, site_moment, site_when
from notifications.customers import kinds
from notifications.customers.kinds import Composed, kind_of
from notifications.customers.wording.choosing import Wanted, WordsInUse
from notifications.customers.wording.own_words import own_words
from notifications.models import Reason

#: What goes within this time goes at once, in the words of a person.
AT_ONCE = dt.timedelta(minutes=1)
#: Visits that the page of a bulk action names.
NAMED = 10
#: The most visits whose plan is made for one page, which follows what is typed: a plan takes about a millisecond.
MOST = 200


@dataclass(frozen=True)
class PlanWords:
    """A message as it will read; the link is a placeholder, as no code is issued for it."""

    subject: str
    text: str
    is_own: bool = False


@dataclass(frozen=True)
class PlanLine:
    """One message of a plan."""

    planned: Planned
    what: str
    channel: str
    #: When it goes, in the site's time; and in the reader's if that differs. Empty for what does not go.
    when: str
    own_time: str
    #: Why it does not go, or why it does not go earlier.
    why: str
    whom: str
    address: str
    language: str
    words: PlanWords | None

    @classmethod
    def of(
        cls,
        planned: Planned,
        booking: Booking,
        portal_settings: PortalSettings,
        now: dt.datetime,
        in_use: WordsInUse,
    ) -> "PlanLine":
        contact, language = planned.contact, _language_of(planned)
        return cls(
            planned,
            kinds.label_of(planned.event),
            str(Channel(planned.channel).label),
            moment_words(planned.at, booking, now) if planned.at else "",
            _own_time(planned.at, booking, now) if planned.at else "",
            _why(planned),
            contact.name if contact else _("nobody"),
            masked_address(address) if contact and (address := contact.address_on(planned.channel)) else "",
            str(get_language_info(language)["name_translated"]),
            _words(planned, language, portal_settings, in_use) if planned.at else None,
        )


@dataclass(frozen=True)
class ShownPlan:
    """A plan as a list. `remark` is said first, such as that nothing changes."""

    going: list[PlanLine]
    not_going: list[PlanLine]
    untold: str
    remark: str = ""


def shown(one: MessagePlan, now: dt.datetime, remark: str = "") -> ShownPlan:
    portal_settings, in_use = PortalSettings.load(), WordsInUse(_wanted(planned) for planned in one.going)
    going, not_going = (
        [PlanLine.of(planned, one.booking, portal_settings, now, in_use) for planned in some]
        for some in (one.going, one.not_going)
    )
    return ShownPlan(going, not_going, reason_words(one.untold), remark)


def shown_now(booking: Booking) -> ShownPlan:
    """Return what will be told about a visit as things are."""
    now = timezone.now()
    return shown(plan(booking, now), now)


def rendered(shown_plan: ShownPlan) -> SafeString:
    return render_to_string("admin/includes/plan.html", {"plan": shown_plan})


def of_change(booking: Booking, do: Callable[[Booking], object] | None) -> SafeString:
    """Return the part of a page that says what will be told after `do`; without it, as things are."""
    now = timezone.now()
    if do is None:
        return rendered(shown(plan(booking, now), now, _("As things are:")))
    try:
        after = plan_change(booking, do, now)
    except BookingError as refusal:
        return rendered(ShownPlan([], [], "", str(refusal)))
    return rendered(shown(after, now))


def of_new(make: Callable[[Draft[Booking, VerbDone]], Booking]) -> SafeString:
    """Return the part of a page that says what will be told of a visit that `make` schedules in a draft."""
    now = timezone.now()
    try:
        after = plan_new(make, now)
    except BookingError as refusal:
        return rendered(ShownPlan([], [], "", str(refusal)))
    return rendered(shown(after, now))


def of_asking(booking: Booking) -> SafeString:
    """Return the part of a page that says what *Tell now* would send."""
    now = timezone.now()
    plans = plan_tell_now([booking], now)
    return rendered(shown(plans[0], now)) if plans else rendered(ShownPlan([], [], "", _("Nobody can be told.")))


def when_it_goes(booking: Booking) -> str:
    """Return in a sentence when the next message about a visit goes, or why none does."""
    return sentence(plan(booking, timezone.now()), timezone.now())


def sentence(one: MessagePlan, now: dt.datetime) -> str:
    """Return the next message of a plan in a sentence, or why there is none; empty if nothing is planned."""
    if going := one.going:
        return _goes(going, one.booking, now)
    reasons = list(dict.fromkeys(reason_words(planned.reason) for planned in one.not_going if planned.reason))
    return _("Will not go: %(why)s.") % {"why": "; ".join(reasons)} if reasons else ""


def _goes(going: Sequence[Planned], booking: Booking, now: dt.datetime) -> str:
    first = min(planned.at for planned in going if planned.at)
    if first <= now + AT_ONCE:
        return _("Goes within a minute.")
    words = {"when": moment_words(first, booking, now)}
    waits = any(planned.waits == Reason.QUIET_HOURS for planned in going if planned.at == first)
    return (_("Goes %(when)s, in the hours for messages.") if waits else _("Goes %(when)s.")) % words


# --- Many visits ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Totals:
    """The plans of many visits: counted by event and channel, and by reason."""

    going: list[tuple[str, str, int]]
    #: Reason and number of visits; what was said already needs none.
    not_going: list[tuple[str, int]]
    visits: int
    #: Visits about which nothing goes at all.
    silent: int

    @classmethod
    def of(cls, plans: Sequence[MessagePlan], *, left_out: int = 0) -> "Totals":
        """Count plans; `left_out` visits have none, as nobody can be told of them."""
        going = Counter((one.event, one.channel) for each in plans for one in each.going)
        why_not = Counter(reason for each in plans for reason in _reasons(each) - {Reason.ALREADY_TOLD})
        return cls(
            [
                (kinds.label_of(event), str(Channel(channel).label), count)
                for (event, channel), count in going.most_common()
            ],
            [(reason_words(reason), count) for reason, count in why_not.most_common()],
            len(plans) + left_out,
            sum(not each.going for each in plans) + left_out,
        )


def _reasons(one: MessagePlan) -> set[Reason]:
    return {planned.reason for planned in one.not_going if planned.reason} | ({one.untold} if one.untold else set())


@dataclass(frozen=True)
class VisitPlan:
    when: str
    url: str
    customer: str
    said: str


def visit_plans(plans: Iterable[MessagePlan], now: dt.datetime) -> list[VisitPlan]:
    """Return each visit with the next message about it in a sentence."""
    found = []
    for one in plans:
        booking = one.booking
        when = site_when(booking.start, booking.end, booking.zone_name)
        said = sentence(one, now) or _("Nothing more goes.")
        found.append(VisitPlan(when, change_url(booking), booking.work_order.account.name, said))
    return found


def of_asking_for_each(bookings: Sequence[Booking], more: int = 0) -> SafeString:
    """Return the part of a page that says what *Tell now* would send for many visits, and for `more` of them."""
    plans = plan_tell_now(bookings, timezone.now())
    return of_many(plans, left_out=len(bookings) - len(plans), not_looked_at=more)


def of_many(
    plans: Sequence[MessagePlan], left: Mapping[str, int] | None = None, *, left_out: int = 0, not_looked_at: int = 0
) -> SafeString:
    """Return the part of a page that says what will be told about many visits.

    `left` counts by reason the visits that would stay as they are; of `left_out` nobody can be told.
    """
    now = timezone.now()
    context = {
        "totals": Totals.of(plans, left_out=left_out),
        "visits": visit_plans(plans[:NAMED], now),
        "more": max(0, len(plans) - NAMED),
        "not_looked_at": not_looked_at,
        "left": sorted((left or {}).items(), key=lambda pair: -pair[1]),
    }
    return render_to_string("admin/includes/plans.html", context)


# --- Words ------------------------------------------------------------------------------------------------------------
def moment_words(at: dt.datetime, booking: Booking, now: dt.datetime) -> str:
    """Return when a message goes: at once, today, or on a day; in the site's time."""
    if at <= now + AT_ONCE:
        return _("at once")
    zone = booking.zone_name
    if zones.local(at, zone).date() != zones.local(now, zone).date():
        return site_moment(at, zone)
    language = zones.supported_language(translation.get_language() or "en")
    words = {"clock": zones.clock(at, zone, language), "zone": zones.zone_label(at, zone, language)}
    return _("today at %(clock)s (%(zone)s)") % words


def reason_words(reason: Reason | str | None) -> str:
    return str(Reason(reason).label) if reason and reason in Reason.values else ""


def _why(planned: Planned) -> str:
    if planned.at is None:
        return reason_words(planned.reason)
    return _("waits for the hours for messages") if planned.waits == Reason.QUIET_HOURS else ""


def _own_time(at: dt.datetime, booking: Booking, now: dt.datetime) -> str:
    """Return the moment in the reader's zone; empty if the clocks there show the same."""
    own = timezone.get_current_timezone_name()
    if at <= now + AT_ONCE or zones.local(at, own).utcoffset() == zones.local(at, booking.zone_name).utcoffset():
        return ""
    return zones.moment(at, own, zones.supported_language(translation.get_language() or "en"))


def _language_of(planned: Planned) -> str:
    contact = planned.contact
    return zones.supported_language(contact.language if contact else planned.message.language)


def _wanted(planned: Planned) -> Wanted:
    kind = kind_of(planned.event)
    service = kind.service_of(planned.visit) if kind and planned.visit else None
    return planned.event, _language_of(planned), service


def _words(planned: Planned, language: str, portal_settings: PortalSettings, in_use: WordsInUse) -> PlanWords | None:
    """Return the message as it would be written, in the company's words if it has some, or None if it cannot be."""
    kind = kind_of(planned.event)
    if kind is None or planned.visit is None or planned.contact is None:
        return None
    try:
        with translation.override(language):
            own = in_use.of(*_wanted(planned))
            composed = own_words(kind, planned.message, planned.visit, portal_settings, language, own)
    except ValueError:  # an unknown zone: the message would be set aside with that
        return None
    is_own = bool(composed.template_version or composed.part_version)
    if planned.channel == Channel.SMS:
        return PlanWords("", composed.sms, is_own)
    return PlanWords(composed.subject, _email(composed), is_own)


def _email(composed: Composed) -> str:
    facts = "\n".join(f"{label}: {value}" for label, value in composed.facts)
    button = "{}: {}".format(*composed.button) if composed.button else ""
    return "\n\n".join(part for part in (*composed.paragraphs, facts, button) if part)


def as_sentences(one: MessagePlan, now: dt.datetime) -> list[str]:
    """Return the messages of a plan in short: for a row among thousands."""
    going: dict[tuple[str, Any], list[str]] = {}
    for planned in one.going:
        going.setdefault((planned.event, planned.at), []).append(str(Channel(planned.channel).label))
    said = [
        _("%(what)s: %(channels)s, %(when)s")
        % {
            "what": kinds.label_of(event),
            "channels": ", ".join(channels),
            "when": moment_words(at, one.booking, now),
        }
        for (event, at), channels in going.items()
    ]
    return said or [_("Nothing: %(why)s") % {"why": why} for why in reasons(one)]


def reasons(one: MessagePlan) -> list[str]:
    """Return why a plan says nothing, each reason once."""
    found = [reason_words(planned.reason) for planned in one.not_going] + [reason_words(one.untold)]
    return list(dict.fromkeys(filter(None, found)))
