"""The reports: what each says, which numbers it shows and what is a share of what."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

NUMBER, SHARE, AVERAGE = "number", "share", "average"


@dataclass(frozen=True)
class Measure:
    """A number, a share or an average. `of` and `per` say what is added up, and how often each counts."""

    slug: str
    label: Any
    of: Mapping[str, int]
    per: Mapping[str, int] = field(default_factory=dict)
    kind: str = NUMBER

    def value(self, counts: Mapping[str, int]) -> float | None:
        """Return the value; None for a share or an average of nothing."""
        above = _sum(self.of, counts)
        if self.kind == NUMBER:
            return above
        below = _sum(self.per, counts)
        return above / below if below else None


def _sum(weights: Mapping[str, int], counts: Mapping[str, int]) -> int:
    return sum(weight * counts.get(name, 0) for name, weight in weights.items())


@dataclass(frozen=True)
class Report:
    """One of the reports. The first measure is what it is about: it is compared with the period before."""

    slug: str
    label: Any
    #: What counts as what, in sentences.
    says: Sequence[Any]
    main: Measure
    measures: Sequence[Measure]
    #: What is stacked in the chart: measures, each with the colour of its band.
    bands: Sequence[tuple[str, Measure]]

    @cached_property
    def numbers(self) -> list[str]:
        """Return the names of the numbers that it needs."""
        names: Counter[str] = Counter()
        for one in (self.main, *self.measures, *(measure for _slug, measure in self.bands)):
            names.update([*one.of, *one.per])
        return sorted(names)


def number(name: str, label: Any) -> Measure:
    return Measure(name, label, {name: 1})


def share(slug: str, label: Any, of: Sequence[str], per: Sequence[str]) -> Measure:
    return Measure(slug, label, dict.fromkeys(of, 1), dict.fromkeys(per, 1), SHARE)


RATINGS = {f"rating_{stars}": stars for stars in range(1, 6)}
ONE_EACH = dict.fromkeys(RATINGS, 1)
KNOWN = ("on_time", "late")
NO_ANSWER = {"asked": 1, "confirmed": -1, "declined": -1}
WITHOUT = ("nobody_came", "canceled_late", "moved_late", "canceled_on_the_way")

PUNCTUALITY = Report(
    "punctuality",
    _("Punctuality"),
    (
        _(
            "A visit is on time if work began within the arrival window that the customer was told, or no more than ten"
            " minutes after the time that they were told."
        ),
        _(
            "A time to which staff moved the visit after the promised time had passed does not count. Unknown are"
            " visits whose start nobody noted when it happened, such as those of schedule files."
        ),
        _(
            "The reason is the first that the history shows: moved when it was late already, handed to another"
            " technician within the hour before, the visit before took longer than planned, the technician set off too"
            " late, or the way took longer."
        ),
    ),
    share("share_on_time", _("Share on time"), ["on_time"], KNOWN),
    (
        number("took_place", _("Took place")),
        number("on_time", _("On time")),
        number("late", _("Late")),
        number("start_unknown", _("Unknown")),
        Measure("average_late", _("Minutes late, on average"), {"late_minutes": 1}, {"late": 1}, AVERAGE),
        number("late_moved", _("Late: moved too late")),
        number("late_handed_over", _("Late: handed over")),
        number("late_visit_before", _("Late: visit before")),
        number("late_set_off", _("Late: set off late")),
        number("late_on_the_way", _("Late: on the way")),
        number("late_unknown", _("Late: reason unknown")),
    ),
    (
        ("good", number("on_time", _("On time"))),
        ("none", number("late_up_to_15", _("Up to 15 minutes late"))),
        ("waiting", number("late_up_to_60", _("Up to an hour late"))),
        ("failed", number("late_longer", _("More than an hour late"))),
        ("quiet", number("start_unknown", _("Unknown"))),
    ),
)

NO_SHOWS = Report(
    "no-shows",
    _("No-shows"),
    (
        _("Visits that did not happen as promised, other than those that a customer called off in time."),
        _(
            "Nobody came: the day is over and nobody noted that work began. Canceled or moved too late: staff did so "
            "once the promised time had passed, and a move was to another day."
        ),
        _(
            "Called off on the way: after the technician had set off or begun. Whether the customer was not at home is"
            " not noted anywhere, so it cannot be counted."
        ),
    ),
    share("share_without", _("Share not as promised"), WITHOUT, ["visits"]),
    (
        number("visits", _("Visits")),
        number("nobody_came", _("Nobody came")),
        number("canceled_late", _("Canceled too late")),
        number("moved_late", _("Moved too late")),
        number("canceled_on_the_way", _("Called off on the way")),
        number("canceled", _("Canceled in all")),
    ),
    (
        ("failed", number("nobody_came", _("Nobody came"))),
        ("none", number("canceled_late", _("Canceled too late"))),
        ("waiting", number("moved_late", _("Moved too late"))),
        ("quiet", number("canceled_on_the_way", _("Called off on the way"))),
    ),
)

CONFIRMED = Report(
    "confirmed",
    _("Confirmed"),
    (
        _("Of the visits whose customer was asked whether the time suits them, or said so unasked."),
        _("Each counts once, with the last answer about the time that it has now."),
    ),
    share("share_confirmed", _("Share confirmed"), ["confirmed"], ["asked"]),
    (
        number("asked", _("Asked")),
        number("confirmed", _("Yes")),
        number("declined", _("No")),
        Measure("no_answer", _("No answer"), NO_ANSWER),
        Measure("share_answered", _("Share answered"), {"confirmed": 1, "declined": 1}, {"asked": 1}, SHARE),
    ),
    (
        ("good", number("confirmed", _("Yes"))),
        ("failed", number("declined", _("No"))),
        ("quiet", Measure("no_answer", _("No answer"), NO_ANSWER)),
    ),
)

RATED = Report(
    "ratings",
    _("Ratings"),
    (
        _("Ratings count on the day of the visit that they are about, from 1 (poor) to 5 (very good)."),
        _("Share rated is that of the visits that took place about which somebody gave a rating."),
    ),
    Measure("average_rating", _("Average rating"), RATINGS, ONE_EACH, AVERAGE),
    (
        Measure("ratings", _("Ratings"), ONE_EACH),
        share("share_rated", _("Share rated"), ["rated"], ["took_place"]),
        *(number(name, str(stars)) for name, stars in RATINGS.items()),
    ),
    (
        ("failed", number("rating_1", "1")),
        ("none", number("rating_2", "2")),
        ("quiet", number("rating_3", "3")),
        ("waiting", number("rating_4", "4")),
        ("good", number("rating_5", "5")),
    ),
)

SELF_SERVICE = Report(
    "self-service",
    _("Self-service"),
    (
        _("What customers did by themselves, in the portal or by text message, instead of calling."),
        _("Of all visits that were booked, all moves, and all visits that were canceled, by the day of the visit."),
    ),
    share(
        "share_self_service",
        _("Share by customers"),
        ["booked_by_customer", "moves_by_customer", "canceled_by_customer"],
        ["visits", "moves", "canceled"],
    ),
    (
        number("visits", _("Booked")),
        number("booked_by_customer", _("Booked by customers")),
        share("share_booked", _("Share booked"), ["booked_by_customer"], ["visits"]),
        number("moves", _("Moves")),
        number("moves_by_customer", _("Moves by customers")),
        share("share_moved", _("Share moved"), ["moves_by_customer"], ["moves"]),
        number("canceled", _("Canceled")),
        number("canceled_by_customer", _("Canceled by customers")),
        share("share_canceled", _("Share canceled"), ["canceled_by_customer"], ["canceled"]),
    ),
    (
        ("good", number("booked_by_customer", _("Booked by customers"))),
        ("waiting", number("moves_by_customer", _("Moves by customers"))),
        ("none", number("canceled_by_customer", _("Canceled by customers"))),
    ),
)

#: The numbers are the bands of the charts of messages (notifications/admin/charts.py).
MESSAGES = Report(
    "messages",
    _("Messages"),
    (
        _("Messages to customers by the day on which they were written, with the state that they have now."),
        _("Delivered means that the provider said so; without such reports messages stay sent."),
    ),
    share("share_arrived", _("Share sent or delivered"), ["good"], ["good", "failed"]),
    (
        Measure("messages", _("Messages"), dict.fromkeys(("good", "quiet", "none", "waiting", "failed"), 1)),
        number("delivered", _("Delivered")),
        number("sent", _("Sent")),
        number("failed", _("Failed or perhaps sent")),
        number("none", _("Not sent")),
        number("waiting", _("Waiting")),
        number("quiet", _("Simulated")),
        share("share_failed", _("Share failed"), ["failed"], ["good", "failed"]),
    ),
    (
        ("good", number("good", _("Sent or delivered"))),
        ("quiet", number("quiet", _("Simulated"))),
        ("none", number("none", _("Not sent"))),
        ("waiting", number("waiting", _("Waiting"))),
        ("failed", number("failed", _("Failed or perhaps sent"))),
    ),
)

OF_VISITS = (PUNCTUALITY, NO_SHOWS, CONFIRMED, RATED, SELF_SERVICE)
