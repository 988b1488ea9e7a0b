"""What the components of the style guide show: made up, and the same each time. Nothing of it is stored."""

import datetime as dt
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from django.contrib.messages import constants
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from bookings.models import Booking
from fsportal.models import User
from fsportal.settings_area import checklist as steps
from fsportal.settings_area.actions import ActionButton, ConfirmForm, RecordAction
from fsportal.settings_area.charts import Band, Chart, Column
from fsportal.settings_area.list_views.filter_bar import DatesControl, FilterChoice, FilterControl
from fsportal.settings_area.parts import ATTENTION, FAILED, GOOD, QUIET, WAITING, company_moment, dot
from fsportal.settings_area.record_page import Related, Row
from fsportal.settings_area.story import Entry
from notifications.admin.conversation_part import Bubble
from notifications.inapp.cards import NotificationCard
from notifications.inapp.cards import cards as cards_of
from notifications.models import AppNotification, IconType, Priority

#: A Wednesday, 10:00 in London.
MOMENT = dt.datetime(2027, 6, 9, 9, 0, tzinfo=dt.UTC)
#: Where every link and button leads: nowhere.
NOWHERE = "?"
TONES = (
    (GOOD, "It is as it should be."),
    (WAITING, "It is under way; nobody has to do anything."),
    (ATTENTION, "Somebody should look at it."),
    (FAILED, "It went wrong, and somebody has to act."),
    (QUIET, "It is over, or of no weight."),
)
MESSAGES = (
    (constants.SUCCESS, "The visit was moved."),
    (constants.INFO, "For your information."),
    (constants.WARNING, "3 bookings were left as they were."),
    (constants.ERROR, "That changed nothing: it is done already, or not possible any more."),
)
LONG = "Extraordinarily-Long-Named Property Management of Kensington and Chelsea"
FACTS = (
    ("Service", "Boiler service"),
    ("Where", f"77 Hidden Mews, {LONG}"),
    ("Technician", format_html('<a href="{}">Omar Haddad</a>', NOWHERE)),
    ("Reference", "–"),
)


def link(words: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', NOWHERE, words)


def dots() -> list[SafeString]:
    return [dot(f"In words: {tone}", tone) for tone, _says in TONES]


# --- Records ----------------------------------------------------------------------------------------------------------
def action_sets() -> list[tuple[str, list[ActionButton]]]:
    """Return the buttons of a record by what they are like."""
    return [
        ("Done at once", [_button("Start work"), _button("Complete")]),
        ("Asks first, on a page of its own", [_button("Move", asks=True), _button("Assign", asks=True)]),
        ("Takes something away", [_button("Block", tone="danger"), _button("Cancel visit", tone="danger", asks=True)]),
    ]


def _button(label: str, *, tone: str = "", asks: bool = False) -> ActionButton:
    form = ConfirmForm if asks else None
    return ActionButton(RecordAction("sample", label, lambda *of: "", "", tone=tone, form=form), NOWHERE)


def key_facts() -> list[SafeString]:
    return [link("+44 20 7946 0018"), link("ann@example.com"), link("77 Hidden Mews, London")]


def related() -> list[Related]:
    visits = [
        Row(link("Wed 9 June, 10:00 to 11:00"), "Boiler service, Omar Haddad", dot("On the way", WAITING)),
        Row(link("Tue 8 June, 14:00 to 15:00"), f"Repair, {LONG}", dot("Completed", GOOD)),
    ]
    return [
        Related("Visits", visits, [link("All 14 visits")]),
        Related("Absences", if_none="Nobody is out."),
        Related("Contacts", leads_to=[link("3 contacts")]),
    ]


def entries() -> list[Entry]:
    """Return one thing that happened, in each tone."""
    return [
        _entry(0, WAITING, "Set off", "Omar Haddad, technician's page"),
        _entry(20, GOOD, "Reminder: delivered", lines=["Email to ann@example.com"], url=NOWHERE),
        _entry(45, FAILED, "Text message: not delivered", lines=["550 no such user"], url=NOWHERE),
        _entry(90, ATTENTION, "Asks for another time", "Ann Smith, link", ["“Could you come after 16:00?”"]),
        _entry(1500, QUIET, "Booked", "Dina Dispatcher, Settings area", [LONG]),
    ]


def _entry(minutes: int, tone: str, title: str, by: str = "", lines: list[str] | None = None, url: str = "") -> Entry:
    at = MOMENT - dt.timedelta(minutes=minutes)
    return Entry(at, company_moment(at), tone, title, by, lines or [], url)


def bubbles() -> list[Bubble]:
    when = company_moment(MOMENT)
    return [
        Bubble(False, "Automatic", when, "Your visit is tomorrow, 10:00.", "Reminder", dot("Delivered", GOOD), url="?"),
        Bubble(True, "", when, "Can you come later?", answer="Thank you. Somebody will read this."),
        Bubble(False, "Dina Dispatcher", when, "Yes, at 16:00.", state=dot("Failed", FAILED), why="No such number."),
        Bubble(True, "", when, "STOP", "STOP"),
    ]


def message_plan() -> dict[str, Any]:
    """Return what the customer will be told, and what not."""
    line = {"whom": "Ann Smith", "language": "English", "words": None}
    words = {
        "subject": "Your visit has moved",
        "text": "Hello Ann Smith,\nyour visit now begins at 16:00.",
        "is_own": 1,
    }
    going = [
        line | {"what": "Moved", "channel": "Email", "when": "at once", "address": "ann@example.com", "words": words},
        line | {"what": "Reminder", "channel": "SMS", "when": "tomorrow, 8:00", "why": "Waits for the morning"},
    ]
    not_going = [line | {"what": "Moved", "channel": "SMS", "why": "Ann Smith wants no text messages"}]
    return {"going": going, "not_going": not_going}


# --- Lists ------------------------------------------------------------------------------------------------------------
def filter_bars() -> list[tuple[str, SimpleNamespace]]:
    """Return the bar of filters as it comes, and narrowed in every way."""
    states = ["All", "Scheduled", "On the way", "Completed"]
    usual = [_filter("State", states), _filter("Technician", ["All", *(f"Technician {n}" for n in range(1, 15))])]
    narrowed = [_filter("State", states, 2), _filter("Technician", ["All", LONG], 1)]
    others = [FilterControl("Account", "Smith & Sons", is_active=True, without=NOWHERE)]
    return [
        ("As the list comes", SimpleNamespace(controls=usual, dates=_dates(), others=[], has_active=False)),
        ("Narrowed", SimpleNamespace(controls=narrowed, dates=_dates("1 to 9 June"), others=others, has_active=True,
                                     clear_all=NOWHERE)),
    ]  # fmt: skip


def _filter(title: str, labels: list[str], chosen: int = 0) -> FilterControl:
    choices = [FilterChoice(label, NOWHERE, at == chosen) for at, label in enumerate(labels)]
    return FilterControl(title, labels[chosen], chosen > 0, NOWHERE, choices)


def _dates(value: str = "") -> DatesControl:
    first, last = ("2027-06-01", "2027-06-09") if value else ("", "")
    spans = [FilterChoice(label, NOWHERE, False) for label in ("Today", "Last 7 days", "This month")]
    return DatesControl("Start", value or "All", bool(value), NOWHERE, first, last, ("from", "to"), "", spans, [])


def tab_sets() -> list[tuple[str, dict[str, Any]]]:
    """Return saved views: none open, one open, one open that has been changed."""
    names = ["Late today", "Berlin team", "Not told"]

    def tabs(open_one: str) -> list[dict[str, Any]]:
        return [{"name": name, "url": NOWHERE, "is_open": name == open_one} for name in names]

    return [
        ("Standard", {"tabs": tabs("")}),
        ("One is open", {"tabs": tabs(names[0]), "current": names[0]}),
        ("Open and changed", {"tabs": tabs(names[1]), "current": names[1], "has_changed": True}),
    ]


def changelist() -> SimpleNamespace:
    return SimpleNamespace(
        opts=Booking._meta, search_fields=["name"], search_help_text="Customer, number, place", query="",
        filter_params={}, result_count=3,
    )  # fmt: skip


def list_setup() -> dict[str, Any]:
    columns = [("visit", "Visit", True, True), ("state", "State", True, False), ("place", "Place", False, False)]
    return {
        "columns": [dict(zip(("name", "label", "is_shown", "is_fixed"), one, strict=True)) for one in columns],
        "shown": ["visit", "state"],
        "query": NOWHERE,
        "most_in_workbook": 10_000,
    }


def _header(text: str, **more: Any) -> dict[str, Any]:
    address = dict.fromkeys(("url_primary", "url_remove", "url_toggle"), NOWHERE)
    return {"text": text, "sortable": True, "class_attrib": "", "sorted": False, "sort_priority": 0, **address, **more}


HEADERS = [
    {"text": "", "sortable": False, "class_attrib": mark_safe(' class="action-checkbox-column"')},
    _header("visit", sorted=True, ascending=True, sort_priority=1),
    _header("customer"),
    _header("state"),
    _header("told", sortable=False),
]


def list_rows() -> list[list[SafeString]]:
    """Return rows as Django's list makes them: one plain, one of long words, one with empty cells."""
    return [
        _row("Wed 9 June, 10:00", "Smith & Sons", dot("On the way", WAITING), "Reminder, set off"),
        _row("Wed 9 June, 12:30", LONG, dot("Late", FAILED), f"Nobody was told: {LONG}"),
        _row("Thu 10 June, 8:00", "", dot("Canceled", QUIET), ""),
    ]


def _row(visit: str, *cells: object) -> list[SafeString]:
    box = format_html(
        '<td class="action-checkbox"><input type="checkbox" class="action-select" aria-label="Select {}"></td>', visit
    )
    return [box, format_html("<th>{}</th>", link(visit)), *(format_html("<td>{}</td>", cell) for cell in cells)]


# --- Numbers ----------------------------------------------------------------------------------------------------------
def charts() -> list[Chart]:
    """Return a chart of each set of bands, and one that has nothing to show."""
    states = [Band("good", "Sent"), Band("waiting", "Waiting"), Band("failed", "Failed"), Band("none", "Not sent")]
    channels = [Band("channel-email", "Email"), Band("channel-sms", "Text message")]
    numbers = [(30 + 7 * (day % 4), day % 3, day % 5 // 4, 4 - day % 4) for day in range(14)]
    return [
        _chart("states", "Messages by state", states, numbers),
        _chart("channels", "Messages by channel", channels, [number[:2] for number in numbers]),
        _chart("nothing", "Nothing to show", channels, []),
    ]


def _chart(slug: str, title: str, bands: list[Band], numbers: Sequence[tuple[int, ...]]) -> Chart:
    columns = [Column(f"{day} June", str(day), values) for day, values in enumerate(numbers, 1)]
    return Chart(slug, title, "The last 14 days", "Day", "There were no messages.", bands, columns)


def checklist() -> steps.Checklist:
    line = steps.ChecklistLine
    return steps.Checklist([
        line("name", "Name and logo", "Customers read it in every message.", "", NOWHERE),
        line("email", "Email", "Most messages go by email.", "No email account is connected.", NOWHERE),
        line("live", "Go live", "Until then nothing leaves this machine.", "Messages are simulated.", NOWHERE),
    ])  # fmt: skip


# --- In-app notifications ---------------------------------------------------------------------------------------------
def cards(owner: User, now: dt.datetime) -> list[NotificationCard]:
    """Return a card of each icon, in each state."""
    colleague = User(username="dina", first_name="Dina", last_name="Dispatcher")
    seen: dict[str, Any] = {"seen_at": now}
    rows = [
        _card(owner, now, "Omar Haddad is late", IconType.WARNING, priority=Priority.HIGH),
        _card(owner, now, "A schedule file was imported", IconType.SUCCESS),
        _card(owner, now, "A message was not delivered", IconType.FAILURE, taken_by=colleague, **seen),
        _card(owner, now, "Ann Smith asks for another time", IconType.MENTION, taken_by=owner, **seen),
        _card(owner, now, LONG, IconType.INFO, **seen),
        _card(owner, now, "Without a body", IconType.CUSTOM, body_html="", **seen),
    ]
    return cards_of(rows, now)


def _card(owner: User, now: dt.datetime, title: str, icon: IconType, **more: Any) -> AppNotification:
    body = "<p>The visit at <strong>77 Hidden Mews</strong> was to begin 20 minutes ago.</p>"
    created = now - dt.timedelta(minutes=20)
    given = {"title": title, "title_html": title, "body_html": body, "created_on": created}
    return AppNotification(owner=owner, icon_type=icon, **(given | more))
