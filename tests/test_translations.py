"""What people read is there in every language: the catalogs are whole, and messages and pages use them."""

import ast
import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import time_machine
from babel.messages import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.html import strip_tags

from bookings.messages import reminders
from bookings.messages.base import Visit
from bookings.messages.told import Told
from bookings.models import Booking
from fsportal.lib.text_direction import LRM, RIGHT_TO_LEFT, starts_rightwards
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from notifications.customers import delivery
from notifications.customers.kinds import kind_of
from notifications.customers.rendering import email_message
from notifications.customers.subscriptions import Subscription
from notifications.models import CustomerNotification, State
from tests.factories import (
    AccountFactory,
    BookingFactory,
    ContactFactory,
    IncidentTypeFactory,
    ResourceFactory,
    WorkOrderFactory,
)
from tests.portal.stage import STATES, company, open_link, visit

ROOT = Path(settings.BASE_DIR)
FOLDERS = ("bookings", "fsportal", "notifications", "portal")
OTHERS = ["de", "es", "fr", "ar", "he"]
LANGUAGES = ["en", *OTHERS]
EVENTS = {"upcoming", "traveling", "completed", "rescheduled", "canceled", "reopened"}
LONDON = {
    "en": "London time",
    "de": "Ortszeit London",
    "es": "hora de Londres",
    "fr": "heure locale : Londres",
    "ar": "بتوقيت لندن",
    "he": "שעון לונדון",
}
#: Words that are the same in another language, and names of things.
ALIKE = {
    "Feedback",
    "Pause",
    "12 Rose Lane",
    "Boiler service",
    "Omar Haddad",
    "Portal",
    "demo-logins.json",
    "admin",
    "SMS",
    "Name",
    "Europe",
    "message",
    "Passkey",
    "Passkeys",
}
#: Arabic and Hebrew letters make an SMS cost by 70 characters instead of 160.
MOST_SEGMENTS = {"en": 2, "de": 2, "es": 2, "fr": 2, "ar": 4, "he": 4}
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
PHONE = "020 7946 0000"

Key = tuple[str | None, str]


# --- Reading catalogs and sources -----------------------------------------------------------------------------------
@cache
def catalog(language: str, kind: str = "po") -> Catalog:
    path = ROOT / "locale" / language / "LC_MESSAGES" / f"django.{kind}"
    with path.open("rb") as file:
        return read_po(file, locale=language) if kind == "po" else read_mo(file)


@cache
def entries(language: str, kind: str = "po") -> dict[Key, str]:
    """Return every text with its translation; of one with a plural both texts, with the first and the last form."""
    found: dict[Key, str] = {}
    for message in catalog(language, kind):
        if message.id:
            context, texts, words = _text(message.context), _parts(message.id), _parts(message.string)
            found |= {(context, texts[0]): words[0], (context, texts[-1]): words[-1]}
    return found


def forms(language: str, kind: str) -> dict[tuple[str | None, str], tuple[str, ...]]:
    """Return every text (of one with a plural the singular) with all its forms."""
    found: Iterator[Message] = (message for message in catalog(language, kind) if message.id)
    return {(_text(message.context), _parts(message.id)[0]): _parts(message.string) for message in found}


@cache
def singulars(language: str) -> set[str]:
    """Return the singulars of texts that have a plural: their translation may leave the number out."""
    return {_parts(message.id)[0] for message in catalog(language) if len(_parts(message.id)) > 1}


def _parts(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _text(context: str | bytes | None) -> str | None:
    # Babel leaves the contexts of a compiled catalog as bytes.
    return context.decode() if isinstance(context, bytes) else context


def written_in(path: Path) -> set[Key]:
    return words_of_module(path) if path.suffix == ".py" else words_of_template(path)


#: The functions that xgettext knows from Django's makemessages, with the number of arguments that are texts.
GETTEXT = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), 1),
    **dict.fromkeys(("pgettext", "pgettext_lazy", "ngettext", "ngettext_lazy"), 2),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), 3),
}


def words_of_module(path: Path) -> set[Key]:
    """Return the texts of a module, also those that xgettext would not see."""
    found: set[Key] = set()
    for call, name in translated_in(path):
        texts = [str(part.value) for part in _texts(call, name) if isinstance(part, ast.Constant)]
        context = texts.pop(0) if "pgettext" in name else None
        found |= {(context, text) for text in texts}
    return found


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def translated_in(path: Path) -> list[tuple[ast.Call, str]]:
    """Return the calls of gettext in a module, each with the function's name."""
    calls = [node for node in nodes(path) if isinstance(node, ast.Call)]
    named = [(call, getattr(call.func, "id", getattr(call.func, "attr", ""))) for call in calls]
    return [(call, name) for call, name in named if name in GETTEXT]


def _texts(call: ast.Call, name: str) -> list[ast.expr]:
    return call.args[: GETTEXT[name]]


BLOCK = re.compile(r"{% blocktranslate([^%]*)%}(.*?){% endblocktranslate %}", re.DOTALL)
TAG = re.compile(r'{% translate "([^"]*)" %}')
MARKED = re.compile(r'_\("([^"]*)"\)')


def words_of_template(path: Path) -> set[Key]:
    source = path.read_text()
    blocks = [
        [_as_msgid(part, trimmed="trimmed" in options) for part in body.split("{% plural %}")]
        for options, body in BLOCK.findall(source)
    ]
    tags = TAG.findall(source)
    # A tag that is written in another way must not slip through.
    of_settings = source.count("{% translate portal_settings.")  # a name that was left as it came is translated, too
    written = source.count("{% translate") + source.count("{% blocktranslate")
    assert len(blocks) + len(tags) + of_settings == written, path
    return {(None, text) for text in [*chain.from_iterable(blocks), *tags, *MARKED.findall(source)]}


def _as_msgid(body: str, *, trimmed: bool) -> str:
    text = re.sub(r"{{ (\w+) }}", r"%(\1)s", body)
    return " ".join(line.strip() for line in text.strip().splitlines()) if trimmed else text


def files_with_words() -> list[Path]:
    files = (path for folder in ("templates", *FOLDERS) for path in (ROOT / folder).rglob("*"))
    return sorted(path for path in files if path.suffix in (".py", ".html", ".txt"))


def placeholders(text: str) -> list[str]:
    braces = [name for _text, name, _spec, _conversion in Formatter().parse(text) if name]
    return sorted(re.findall(r"%\(\w+\)s", text) + braces)


def tags(text: str) -> list[str]:
    return re.findall(r"</?\w+>", text)


# --- The catalogs ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", OTHERS)
def test_each_compiled_catalog_is_its_source_compiled(language: str) -> None:
    assert forms(language, "mo") == forms(language, "po")


def test_every_word_is_translated() -> None:
    written = [(path.relative_to(ROOT).as_posix(), key) for path in files_with_words() for key in written_in(path)]
    missing = [(language, *where) for where in written for language in OTHERS if not entries(language).get(where[1])]
    assert missing == [], "run `make messages` and translate these"


def test_translators_see_every_text_of_a_module() -> None:
    """Xgettext passes over what is inside an f-string, what is not written out, and functions under another name."""
    unseen: list[tuple[str, str]] = []
    for path in chain.from_iterable((ROOT / folder).rglob("*.py") for folder in FOLDERS):
        inside = {id(part) for node in nodes(path) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
        unseen += [
            (path.name, ast.unparse(call))
            for call, name in translated_in(path)
            if id(call) in inside or not all(isinstance(text, ast.Constant) for text in _texts(call, name))
        ]
        imports = [node for node in nodes(path) if isinstance(node, ast.ImportFrom)]
        names = chain.from_iterable(one.names for one in imports if one.module == "django.utils.translation")
        unseen += [
            (path.name, str(one.asname)) for one in names if one.name in GETTEXT and one.asname not in (None, "_")
        ]
    assert unseen == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_empty_or_only_guessed(language: str) -> None:
    for message in catalog(language):
        if not message.id:
            continue
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), message.id
        assert not message.fuzzy, message.id
    assert not catalog(language).obsolete


@pytest.mark.parametrize("language", OTHERS)
def test_both_sides_name_the_same_things(language: str) -> None:
    for (_context, text), words in entries(language).items():
        if text not in singulars(language):
            assert placeholders(words) == placeholders(text), text
        assert tags(words) == tags(text), text


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_the_english_copied(language: str) -> None:
    for (_context, text), words in entries(language).items():
        ours, theirs = (re.sub(r"%\(\w+\)s|{\w+}", "", part).strip(" ,:()") for part in (text, words))
        # Single words and names are often the same.
        assert ours != theirs or ours.count(" ") < 2 or ours in ALIKE, text


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))
def test_a_phone_number_in_a_sentence_keeps_its_order(language: str) -> None:
    for (_context, text), words in entries(language).items():
        if "%(phone)s" in text:
            assert f"{LRM}%(phone)s" in words, text


# --- The messages ---------------------------------------------------------------------------------------------------
def english_left_in(words: str, language: str) -> list[str]:
    """Return parts of English sentences that are in `words`."""
    left = []
    for _context, text in entries(language):
        for part in re.split(r"%\(\w+\)s|{\w+}|<[^>]+>", text):
            part = part.strip(" .,:()")  # noqa: PLW2901
            # A lower-case word is a label of staff's, and may be part of a name: "Boiler service".
            if (
                len(part) > 4
                and part in words
                and not re.fullmatch("[a-z]+", part)
                and part not in ALIKE
                and re.search(rf"\b{re.escape(part)}\b", words)
            ):
                left.append(part)
    return left


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def all_messages(language: str, clock: time_machine.Coordinates) -> dict[tuple[str, str], CustomerNotification]:
    """Let the six things happen to two bookings; returns the simulated messages by event and channel."""
    portal_settings = PortalSettings.load()
    portal_settings.company_name, portal_settings.contact_phone, portal_settings.contact_email = (
        "Contoso",
        PHONE,
        "hello@contoso.example",
    )
    portal_settings.communication_type, portal_settings.survey_url = "both", "https://survey.example/s/1"
    portal_settings.save()
    account = AccountFactory(street="12 Rose Lane", latitude=51.5014, longitude=-0.1419)
    contact = ContactFactory(account=account, name="José", mobile_phone="+442079460002", language=language)
    kind = IncidentTypeFactory(name="Thermo X")
    omar = ResourceFactory(name="Omar Haddad", start_latitude=51.55, start_longitude=-0.1)
    one, other = (
        BookingFactory(
            work_order=WorkOrderFactory(number=f"A-{number}", account=account, reported_by=contact, incident_type=kind),
            resource=omar,
            start=NOW + 2 * DAY + number * 90 * MINUTE,
            end=NOW + 2 * DAY + number * 90 * MINUTE + 60 * MINUTE,
        )
        for number in (0, 1)
    )
    _live_through(one, other, clock)
    return {(row.event, row.channel): row for row in CustomerNotification.objects.filter(state=State.SIMULATED)}


def _live_through(one: Booking, other: Booking, clock: time_machine.Coordinates) -> None:
    reminders.sweep()
    delivery.drain()
    other.reschedule(other.start + 30 * MINUTE)
    delivery.drain()
    for verb in (other.cancel, other.reopen, other.cancel):
        verb()
        delivery.drain()
    clock.move_to(one.start - 30 * MINUTE)
    one.travel()
    delivery.drain()
    clock.move_to(one.start + 47 * MINUTE)
    one.complete()
    delivery.drain()


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_in_the_readers_language(language: str, clock: time_machine.Coordinates) -> None:
    messages = all_messages(language, clock)
    assert set(messages) == {(event, channel) for event in EVENTS for channel in ("email", "sms")}
    for key, row in messages.items():
        assert row.language == language
        assert LONDON[language] in row.words.replace("\u00a0", " "), key
        if language != "en":
            assert english_left_in(f"{row.subject}\n{row.words}", language) == [], key
        if row.channel == "sms":
            assert 1 <= row.segments <= MOST_SEGMENTS[language], (key, row.words)


@pytest.mark.django_db
@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))
def test_every_line_in_arabic_and_hebrew_begins_at_the_right(language: str, clock: time_machine.Coordinates) -> None:
    for key, row in all_messages(language, clock).items():
        for line in [row.subject, *row.words.splitlines()]:
            has_letters = re.search("[\u05d0-\u05ea\u0621-\u064a]", line)
            assert not has_letters or starts_rightwards(line), (key, line)
        assert PHONE not in row.words or f"{LRM}{PHONE}" in row.words
        assert row.channel == "sms" or f": {LRM}12 Rose Lane" in row.words
        if row.channel == "sms":
            assert row.words.split()[-1] in ("[link]", "https://survey.example/s/1")


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_html_of_an_email_runs_in_the_readers_direction(language: str, clock: time_machine.Coordinates) -> None:
    row = all_messages(language, clock)["upcoming", "email"]
    booking, contact, portal_settings = (
        Booking.objects.get(pk=str(row.regarding_id)),
        row.contact,
        PortalSettings.load(),
    )
    kind = kind_of("upcoming")
    assert kind is not None
    assert contact is not None
    with translation.override(language):
        html = email_message(
            row,
            contact.email,
            kind.compose(row, Visit(booking, Told([])), portal_settings, language),
            portal_settings,
            language,
        ).html
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    assert re.findall(r'<(?:html|table)[^>]* dir="(\w+)"', html) == [direction, direction]
    if language != "en":
        assert english_left_in(strip_tags(html.partition("</head>")[2]), language) == []


# --- The pages ------------------------------------------------------------------------------------------------------
def text_of(response: Any) -> str:
    """Return what a page says, its labels for screen readers among it."""
    html = response.content.decode()
    labels = re.findall(r'aria-label="([^"]*)"', html)
    page = strip_tags(re.sub(r"<(script|style).*?</\1>", "", html.partition("<body>")[2], flags=re.DOTALL))
    return "\n".join([page, *labels])


@pytest.mark.django_db
@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("state", STATES)
def test_the_visit_page_is_in_the_readers_language(client: Client, state: str, language: str) -> None:
    with time_machine.travel(NOW, tick=False):
        company()
        response = open_link(client, visit(state, now=NOW, language=language))
        assert response.status_code == 200
        assert response["Content-Language"] == language
        assert english_left_in(text_of(response), language) == []
        assert LONDON[language] in text_of(response).replace("\u00a0", " ")


@pytest.mark.django_db
@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("address", ["/", "/visit/nothing/", "/no/such/page/", "/unsubscribe/nothing/"])
def test_pages_without_a_visit_are_in_the_browsers_language(client: Client, address: str, language: str) -> None:
    company()
    response = client.get(address, headers={"Accept-Language": language})
    assert english_left_in(text_of(response), language) == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_stopping_messages_and_taking_it_back_is_in_the_readers_language(
    client: Client, channel: str, language: str
) -> None:
    company()
    address = "/" + Subscription(ContactFactory(language=language), Channel(channel)).unsubscribe_link.split("/", 3)[3]
    answers = [client.get(address), client.post(address), client.post(address.rstrip("/") + "/undo/")]
    for answer in answers:
        assert answer.status_code == 200
        assert english_left_in(text_of(answer), language) == []
