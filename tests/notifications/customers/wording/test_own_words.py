"""Messages in the company's own words: which words go out, and that nothing but words does."""

import datetime as dt
import email
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from email import policy
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bookings.messages.base import Visit
from bookings.messages.told import Told
from bookings.models import Booking, BookingStatus, IncidentType
from fsportal.lib.text import HARMFUL, one_line
from fsportal.models import Contact, PortalSettings
from notifications.customers import delivery, outbox
from notifications.customers.channels import mime
from notifications.customers.kinds import Composed, MessageKind, kind_of
from notifications.customers.rendering import email_message, sms_message, without_secrets
from notifications.customers.wording.choosing import OwnWords
from notifications.customers.wording.own_words import own_words
from notifications.customers.wording.placeholders import Placeholder
from notifications.models import CustomerNotification, MessageTemplate, State, TemplateVersion
from portal.models import OneTimeCode
from tests.factories import BookingFactory, ContactFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db

LINK = "https://portal.example/visit/abcd-efgh/"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """Let the clock stand still: calendar files say when they were written."""
    with time_machine.travel(dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC), tick=False):
        yield


def version(**words: str) -> TemplateVersion:
    return TemplateVersion(number=1, **words)


def in_use(event: str, language: str, service: uuid.UUID | None = None, **words: str) -> TemplateVersion:
    template = MessageTemplate.objects.create(event=event, language=language, service=service)
    made = TemplateVersion.objects.create(template=template, number=1, **words)
    template.current = made
    template.save()
    return made


def composed(
    event: str,
    channel: str,
    own: TemplateVersion | None = None,
    part: TemplateVersion | None = None,
    *,
    booking: Booking | None = None,
    language: str = "en",
    portal_settings: PortalSettings | None = None,
    key: str = "",
) -> Composed:
    kind, booking = kind_of(event), booking or BookingFactory()
    assert kind is not None
    row = CustomerNotification(event=event, channel=channel, contact=booking.reported_by, dedupe_key=key)
    company = portal_settings or PortalSettings(company_name="Contoso")
    visit = Visit(Booking.objects.with_visit().get(pk=booking.pk), Told([]), link=LINK)
    with translation.override(language):
        return own_words(kind, row, visit, company, language, OwnWords(own, part))


def test_words_go_out_in_their_language_for_their_service_and_are_noted() -> None:
    """Two of three customers get own words, from one more statement for all; nobody gets those of another language."""
    german, french, english = (ContactFactory(language=language) for language in ("de-AT", "fr", "en"))
    bookings = {
        contact.pk: BookingFactory(work_order=WorkOrderFactory(account=contact.account, reported_by=contact))
        for contact in (german, french, english)
    }
    boiler = bookings[german.pk].work_order.incident_type
    words = in_use("booked", "de", subject="Bis bald", body="[company] kommt: [when].", sms="[company]: [when] [link]")
    part = in_use("booked", "de", boiler.pk, body="Bitte Heizung aus.", sms="Heizung aus.")
    in_use("booked", "de", IncidentType.objects.create(name="Another").pk, body="Nie.", sms="Nie.")
    english_part = in_use("booked", "en", bookings[english.pk].work_order.incident_type_id, body="Heating off, please.")
    MessageTemplate.objects.create(event="booked", language="fr")  # taken back: nothing is in use
    for booking in bookings.values():
        outbox.queue("booked", contact=booking.reported_by, channels=["email", "sms"], regarding=booking)
    with CaptureQueriesContext(connection) as captured:
        delivery.drain()
    # One for the batch of emails, one for that of text messages.
    assert len([query for query in captured if "notifications_messagetemplate" in query["sql"]]) == 2
    rows = {(row.contact_id, row.channel): row for row in CustomerNotification.objects.filter(state=State.SIMULATED)}
    email_row, sms_row = rows[german.pk, "email"], rows[german.pk, "sms"]
    assert email_row.subject == "Bis bald"
    assert "\n\nYour company kommt: " in email_row.words
    assert "\n\nBitte Heizung aus.\n\nWann: " in email_row.words
    assert sms_row.words.endswith(" Heizung aus. [link]")
    assert {(row.template_version, row.part_version) for row in (email_row, sms_row)} == {(words, part)}
    assert "Bitte" not in rows[french.pk, "email"].words
    assert "\n\nHeating off, please.\n\nWhen: " in rows[english.pk, "email"].words
    noted = {key: (row.template_version, row.part_version) for key, row in rows.items() if key[0] != german.pk}
    assert noted == {
        (french.pk, "email"): (None, None),
        (french.pk, "sms"): (None, None),
        (english.pk, "email"): (None, english_part),
        (english.pk, "sms"): (None, None),
    }


def test_each_field_without_words_keeps_the_built_in_ones() -> None:
    booking = BookingFactory()
    built_in = composed("upcoming", "email", booking=booking)
    some = composed("upcoming", "email", version(body="See you.\n\n[service]: be ready.", sms="x"), booking=booking)
    assert some.paragraphs == ["See you.", f"{booking.work_order.incident_type.name}: be ready."]
    assert (some.subject, some.sms, some.facts, some.button) == (built_in.subject, "", built_in.facts, built_in.button)
    assert (some.calendar, some.named_time, some.links[:1]) == (built_in.calendar, built_in.named_time, [LINK])
    button = composed("upcoming", "email", version(button="Open [reference]"), booking=booking)
    assert (button.button, button.paragraphs) == ((f"Open {booking.work_order.number}", LINK), built_in.paragraphs)
    # Every line names something without a value; so does the one without which it is of no use.
    phone = version(body="Call [phone].", subject="[survey]", sms="On [when] call [phone].\nBye.")
    for channel in ("email", "sms"):
        own, built_in = (composed("upcoming", channel, words, booking=booking) for words in (phone, None))
        assert replace(own, links=[LINK]) == built_in
    assert composed("upcoming", "sms", version(sms="On [when].\nCall [phone]."), booking=booking).sms.startswith("On ")


def test_own_words_never_say_what_is_not_so() -> None:
    """Without an arrival time, or when nobody comes at all, the built-in words go out."""
    booking = BookingFactory(status=BookingStatus.TRAVELING)
    own = version(body="[technician] arrives [arrival].\n\nPlease lock up the dog.", sms="Soon: [arrival]\nDog!")
    assert composed("traveling", "email", own, booking=booking).paragraphs[0].endswith("is on the way to you.")
    later = booking.start + dt.timedelta(minutes=20)
    Booking.objects.filter(pk=booking.pk).update(arrival_earliest=booking.start, arrival_latest=later)
    nameless = PortalSettings(show_resource_name=False)
    arriving = composed("traveling", "email", own, booking=booking, language="de", portal_settings=nameless)
    assert arriving.paragraphs[0].startswith("Ihr Techniker arrives ")
    assert arriving.paragraphs[1:] == ["Please lock up the dog."]
    back = composed("delayed", "sms", own, version(sms="Ready?"), booking=BookingFactory(), key="delayed:1:back")
    assert (back.template_version, back.part_version) == (None, None)
    assert "not on the way to you any more" in back.sms
    working = BookingFactory(status=BookingStatus.IN_PROGRESS)
    assert composed("reopened", "sms", version(sms="On: [when]"), booking=working).template_version is None


@pytest.mark.parametrize("language", ["en", "de", "fr", "ar", "he"])
def test_the_part_of_a_service_stands_where_it_belongs(language: str) -> None:
    booking = BookingFactory(status=BookingStatus.COMPLETED)
    Booking.objects.filter(pk=booking.pk).update(completed_at=booking.end)
    part = version(body="One.\n\n[company] two.", sms="Part for [service].")
    named = f"Part for {booking.work_order.incident_type.name}."
    built_in = composed("completed", "sms", booking=booking, language=language).sms
    with_part = composed("completed", "sms", None, part, booking=booking, language=language).sms
    # Neither between the link and "Tell us how it was:", nor inside another sentence.
    assert re.fullmatch(rf".*\S {re.escape(named)} [^.]+: {LINK}", with_part)
    assert with_part.replace(f"{named} ", "") == built_in
    for sms, expected in (
        ("Done. [link]", f"Done. {named} {LINK}"),
        ("Done.", f"Done. {named}"),
        ("[service_part] Done. [link]", f"{named} Done. {LINK}"),
    ):
        own = composed("completed", "sms", version(sms=sms), part, booking=booking, language=language)
        assert (own.sms, own.part_version) == (expected, part)
    assert composed("completed", "sms", version(sms="Bye. [service_part]"), booking=booking).sms == "Bye."
    inside = version(body="A.\n\n[service_part]\n\nB.")
    paragraphs = ["A.", "One.", "Contoso two.", "B."]
    assert composed("completed", "email", inside, part, booking=booking, language=language).paragraphs == paragraphs
    assert composed("completed", "email", inside, booking=booking, language=language).paragraphs == ["A.", "B."]


def test_the_log_keeps_no_secret_that_own_words_name() -> None:
    in_use("one_time_code", "en", subject="[code] is your code", body="[code]", sms="[code]")
    in_use("booked", "en", subject="Booked", body="[link]", sms="[when] [link]")
    contact = ContactFactory()
    codes = [OneTimeCode.issue("test", channel, contact=contact) for channel in ("email", "sms")]
    booking = BookingFactory(work_order=WorkOrderFactory(account=contact.account, reported_by=contact))
    outbox.queue("booked", contact=contact, channels=["email", "sms"], regarding=booking)
    delivery.drain()
    rows = CustomerNotification.objects.filter(state=State.SIMULATED, template_version__isnull=False)
    assert rows.count() == 4
    for row in rows:
        assert "[link]" in row.words
        assert not any(secret in row.subject + row.words for secret in [*(code.digits for code in codes), "/visit/"])


class LinkMadeTwice(MessageKind):
    """A kind whose links contain the time, such as those to a new password."""

    placeholders = (Placeholder("link", ""),)

    def compose(self, *_: Any) -> Composed:
        return Composed("", [], "", links=["https://portal.example/first/"])

    def values(self, *_: Any) -> dict[str, str]:
        return {"link": "https://portal.example/second/"}


def test_a_link_that_is_made_twice_is_secret_both_times_and_inside_another_link() -> None:
    row = CustomerNotification(channel="email")
    own = OwnWords(version(body="[link] https://example.com/?from=[link]"))
    words = own_words(LinkMadeTwice(), row, None, PortalSettings(), "en", own)
    said = " ".join(words.paragraphs)
    assert "second" in said
    assert without_secrets(said, words.links) == "[link] https://example.com/?from=[link]"


# --- Hostile words --------------------------------------------------------------------------------------------------
RLO, NUL = "\u202e", "\x00"
HOSTILE = [
    "<b>bold</b><script>alert(1)</script><img src=x onerror=alert(1)>",
    '"> <a href="https://evil.example/">click</a> <!-- ',
    "{{ company }} {{ portal_settings.guest_list }} {% load static %}{% include 'x' %} {# #}",
    "{company.__class__} {0} {} {!r} %(company)s %s %d %n ${company} $company #{1} <%= 1 %> \\u003cb\\u003e",
    "x\r\nBcc: victim@example.com\r\n\r\n<p>body",
    "[[when] [ when ] [WHEN] [when",
    f"\ue0001\ue001 {RLO}evil{NUL}\u2066 \u200b\ufeff",
    "a" * 10_000,
    "&lt;b&gt; &amp; &#60;",
]


class Page(HTMLParser):
    """The different elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[Any] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A line break in a paragraph is all that words can add.
        if tag != "br":
            self.elements.add((tag, *attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


def sent(own: TemplateVersion, booking: Booking, name: str, language: str) -> tuple[Page, Any, str]:
    """Return the HTML of an email in these words, the whole email as a mailbox reads it, and the text message."""
    Contact.objects.update(name=name)
    contact, company = Contact.objects.get(), PortalSettings(company_name="Contoso")
    row = CustomerNotification(event="upcoming", channel="email", contact=contact)
    booking = Booking.objects.get(pk=booking.pk)
    words, text = (
        composed("upcoming", channel, own, own, booking=booking, language=language) for channel in ("email", "sms")
    )
    with translation.override(language):
        mail = email_message(row, contact.email, words, company, language)
    message = email.message_from_bytes(mime.written(mail).content, policy=policy.default)
    return Page(mail.html), message, sms_message(row, contact.mobile_phone, text, language).text


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_hostile_author_gets_nothing_but_text_out(language: str) -> None:
    """Neither by the words, nor by what their placeholders stand for: the name of a contact."""
    booking = BookingFactory()
    harmless = version(subject="x", body="x", button="x", sms="[when] x")
    page, message, _sms = sent(harmless, booking, "x", language)
    # PostgreSQL takes no NUL in the first place.
    for hostile in (one.replace(NUL, "") if connection.vendor == "postgresql" else one for one in HOSTILE):
        own = version(
            subject=hostile, body=f"{hostile}\n\n[contact]", button=hostile, sms=f"[when] {hostile} [contact]\n[link]"
        )
        name = f"{hostile[:150]} [link] [when]"
        html, mail, sms = sent(own, booking, name, language)
        assert html.elements == page.elements
        assert sorted(mail.keys()) == sorted(message.keys())
        text = mail.get_body(("plain",)).get_content()
        shown = " ".join(HARMFUL.sub("", hostile).replace("[[", "[").split())
        for words in (html.text, text, sms):
            assert shown.replace("\\", "") in " ".join(words.split()).replace("\\", ""), hostile
            assert one_line(name) in " ".join(words.split()), hostile
            assert not HARMFUL.search(words)
        assert not HARMFUL.search(mail["Subject"])
        assert sms.endswith(LINK)
