"""Messages > Templates: words are written, looked at, tried, kept in versions, and go out as they looked."""

import html
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from bookings.messages import queue
from bookings.models import Booking, BookingNotificationCode, IncidentType
from fsportal.models import AuditEntry, Contact, PortalSettings, User
from notifications.admin.email_view import sandboxed
from notifications.customers import delivery, kinds
from notifications.customers.channels import mime
from notifications.customers.channels.base import EmailMessage, SmsMessage
from notifications.customers.wording.choosing import OwnWords
from notifications.customers.wording.previewing import Previewer
from notifications.models import CustomerNotification, MessageTemplate, State, TemplateVersion
from tests.servers import SmtpSink, TwilioServer

pytestmark = pytest.mark.django_db

WORDS = {
    "subject": "Bald ist es soweit – [when] ü",
    "body": "Hi <b>[contact]</b> & co,\n\n[company] {{ comes }} {% now %} on [when].\nSee https://example.com/?a=1&b=2",
    "button": "Look here",
    "sms": "[company]: see you [when]! [link]",
}
#: Not ours to compare: the clock, the identity of one message, and what opens something.
MUST_DIFFER = ("Date", "Message-ID", "the boundary", "DTSTAMP", "the code of the link", "the token to unsubscribe")


def address(event: str = "booked", language: str = "en", service: object = "all", view: str = "words") -> str:
    return reverse(f"admin:message-{view}", args=[event, language, service])


def save(client: Client, at: str, words: dict[str, str], **more: Any) -> HttpResponse:
    return client.post(at, {"save": "1", **words, **more}, follow=True)  # type: ignore[return-value]


def page_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


# --- As it was looked at, so it goes out ------------------------------------------------------------------------------
def masked(content: bytes, booking: Booking) -> bytes:
    """Return a message in which what MUST_DIFFER is the same; folded lines of the calendar file are whole."""
    code = BookingNotificationCode.objects.filter(booking=booking).first()
    content = content.replace(b"\r\n ", b"") if b"BEGIN:VCALENDAR" in content else content
    if code is not None:
        content = content.replace(code.code.encode(), b"x" * len(code.code))
    content = re.sub(rb"(?m)^(Date|Message-ID): .*$", rb"\1: -", content)
    content = re.sub(rb"==[0-9a-f]{32}=", b"==-=", content)
    content = re.sub(rb"DTSTAMP:\w+", b"DTSTAMP:-", content)
    return re.sub(rb"/unsubscribe/[^/\s\">]+", b"/unsubscribe/-", content)


def test_what_arrives_is_what_was_looked_at(
    admin: Client, booking: Booking, contact: Contact, smtp: SmtpSink, twilio: TwilioServer
) -> None:
    part = IncidentType.objects.get(pk=booking.work_order.incident_type_id)
    assert "Saved as version 1" in page_of(save(admin, address(), WORDS))
    assert "Saved as version 1" in page_of(save(admin, address(service=part.pk), {"body": "Bring [service] papers."}))
    asked = {"example": str(booking.pk)}
    seen = {
        look: admin.get(address(view="preview"), asked | {"look": look}) for look in ("email", "dark", "text", "sms")
    }
    previewer = Previewer(kinds.kind_of("booked"), "en", str(booking.pk), timezone.now())  # type: ignore[arg-type]
    looked_at = {}
    for channel in ("email", "sms"):
        example = previewer.example(channel)
        assert example is not None
        own = OwnWords(*(template.current for template in MessageTemplate.objects.order_by("service").reverse()))
        own = own if own.version and own.version.subject else OwnWords(own.part, own.version)
        looked_at[channel] = previewer.preview(example, own).message
    assert not smtp.envelopes
    assert not twilio.messages

    queue.tell(booking, "booked", occasion=queue.OWN_ACT)
    delivery.drain()
    [envelope], [text] = smtp.envelopes, twilio.messages
    email, sms = looked_at["email"], looked_at["sms"]
    assert isinstance(email, EmailMessage)
    assert isinstance(sms, SmsMessage)
    assert isinstance(envelope.content, bytes)
    assert masked(envelope.content, booking) == masked(mime.written(email).content, booking)
    assert (masked(text["Body"].encode(), booking), text["To"]) == (sms.text.encode(), sms.to)

    # And the pages showed just that.
    arrived = smtp.messages[0].get_body(("html",))
    assert arrived is not None
    shown = masked(arrived.get_content().replace("\r\n", "\n").encode(), booking).decode()
    for look in ("email", "dark"):
        framed = sandboxed(shown, dark=look == "dark").content
        assert masked(seen[look].content, booking).strip() == framed.strip()
    assert "Hi <b>Ann Smith</b> & co," in page_of(seen["text"])
    assert masked(email.text.encode(), booking).decode() in masked(page_of(seen["text"]).encode(), booking).decode()
    assert sms.text in page_of(seen["sms"])
    assert "<b>" not in arrived.get_content()
    for wanted in ("{{ comes }} {% now %}", "Boiler service papers.", "Look here"):
        assert wanted in page_of(seen["email"])

    # The log knows the versions, and leads to them.
    row = CustomerNotification.objects.get(channel="email")
    log = page_of(admin.get(reverse("admin:notifications_customernotification_change", args=[row.pk])))
    assert log.count("your own, version 1") == 2
    assert f"{address(view='history')}?from=0&to=1" in log


def test_looking_stores_nothing_opens_nothing_and_follows_what_is_typed(admin: Client, booking: Booking) -> None:
    at = address("traveling", "ar", view="preview")
    typed = {"example": str(booking.pk), "body": "أهلا [contact] [arrival]", "sms": "[arrival] " + "أ" * 80 + " [link]"}
    email = admin.post(at, typed | {"look": "email"})
    assert email["Content-Security-Policy"].startswith(
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src"
    )
    assert 'dir="rtl"' in email.content.decode()
    assert "أهلا Ann Smith" in page_of(email)
    assert "href=" not in email.content.decode()
    assert "prefers-color-scheme" not in email.content.decode()
    text = admin.post(at, typed | {"look": "sms"})
    assert text["Content-Security-Policy"].startswith("sandbox; default-src 'none'; style-src 'self'")
    assert text.content.decode().count("<li>") == 3
    for kind in kinds.of_customers():
        answer = admin.get(address(kind.event, view="preview"), {"example": "made-up", "look": "text"})
        assert "Example" in page_of(answer), kind.event
    assert "There is nothing to look at" in page_of(admin.get(address(view="preview"), {"example": "nobody"}))
    assert not MessageTemplate.objects.exists()
    assert not BookingNotificationCode.objects.exists()
    assert not CustomerNotification.objects.exists()


# --- Writing ----------------------------------------------------------------------------------------------------------
def test_words_become_versions_that_stay(admin: Client, booking: Booking) -> None:
    at = address()
    first = save(admin, at, WORDS)
    assert first.redirect_chain  # type: ignore[attr-defined]
    one = TemplateVersion.objects.get()
    assert (one.author.username, one.words) == ("ada", WORDS)  # type: ignore[union-attr]

    # The same again is no version; what is wrong is said beside its field and nothing is lost.
    seen = {"based_on": str(one.pk)}
    assert "Nothing was changed" in page_of(save(admin, at, WORDS, **seen))
    wrong = save(admin, at, WORDS | {"body": "Come at [wen].", "sms": "No time at all"}, **seen)
    assert wrong.status_code == 400
    for words in ("Do you mean [when]?", "Come at [wen].", "No time at all", "Without [when]", "Error:"):
        assert words in page_of(wrong)
    assert "Saved as version 2" in page_of(save(admin, at, WORDS | {"body": "We come on [when]."}, **seen))

    # Whoever writes from an older page is told, sees the difference, and loses nothing.
    mine = WORDS | {"body": "Mine, on [when]."}
    told = save(admin, at, mine, **seen)
    assert told.status_code == 409
    assert "Meanwhile ada saved version 2" in page_of(told)
    assert "Mine, on [when]." in page_of(told)
    assert "<ins>" in page_of(told)
    again = re.search(r'name="based_on" value="([0-9a-f-]+)"', page_of(told))
    assert again is not None
    assert "Saved as version 3" in page_of(save(admin, at, mine, based_on=again[1]))

    # An old one is used again as a new one, then the built-in words; all of them stay.
    history = page_of(admin.get(address(view="history"), {"from": "1", "to": "3"}))
    for words in ("<del>", "taken out:", "put in:", "Use version 1 again", "Back to the built-in words"):
        assert words in history
    current = str(MessageTemplate.objects.get().current_id)
    restored = admin.post(address(view="restore"), {"number": "1", "based_on": current}, follow=True)
    assert "The words of version 1 are used again, as version 4." in page_of(restored)
    stale = admin.post(address(view="built-in"), {"based_on": current}, follow=True)
    assert "Meanwhile ada saved version 4" in page_of(stale)
    current = str(MessageTemplate.objects.get().current_id)
    assert "The built-in words are used" in page_of(
        admin.post(address(view="built-in"), {"based_on": current}, follow=True)
    )
    assert list(TemplateVersion.objects.values_list("number", flat=True)) == [4, 3, 2, 1]
    assert [entry.why.partition(": ")[2] for entry in AuditEntry.objects.filter(action="words changed")] == [
        "version 4 → built-in words",
        "version 3 → version 4",
        "version 2 → version 3",
        "version 1 → version 2",
        "built-in words → version 1",
    ]
    # The audit trail leads to the page by the key of the template.
    trail = reverse("admin:notifications_messagetemplate_change", args=[MessageTemplate.objects.get().pk])
    assert admin.get(trail)["Location"] == at
    for bad in ({"number": "99", "based_on": ""}, {"number": "x"}, {"number": "1", "based_on": "x"}):
        assert admin.post(address(view="restore"), bad).status_code == 404


def test_the_page_helps_without_scripts(
    admin: Client, booking: Booking, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    listed = page_of(admin.get(reverse("admin:notifications_messagetemplate_changelist")))
    assert listed.count("Built-in words") == len(settings.LANGUAGES) * len(kinds.of_customers())
    at = address()
    with django_assert_max_num_queries(40):
        page = page_of(admin.get(at))
    for words in ("[company] will visit you on [when]", "Boiler service", "[reference]", "Ann Smith", "1 segment"):
        assert words in page
    # Built-in words as a start, in the fields that are empty.
    started = page_of(admin.post(at, {"start": "1", "subject": "Mine"}))
    assert 'value="Mine"' in started
    assert re.search(r"<textarea[^>]*>\s*\[company\][^<]*\[when\][^<]*\[link\]</textarea>", started)
    # Count, and find another visit, with everything that was typed.
    typed = {"sms": "[when] 😀 and €", "body": "Half a thou"}
    counted = page_of(admin.post(at, {"count": "1", **typed}))
    assert "instead of 160: 😀 (character 8)" in counted
    assert "Half a thou" in counted
    found = page_of(admin.post(at, {"find": "1", "q": "nobody", **typed}))
    assert "Half a thou" in found
    # In the list then; and what a service says besides.
    save(admin, at, WORDS)
    service = booking.work_order.incident_type_id
    save(admin, address(service=service), {"sms": "Bring tea."})
    listed = page_of(admin.get(reverse("admin:notifications_messagetemplate_changelist")))
    assert listed.count("Your own, version 1") == 2
    assert "Boiler service, English" in listed
    text = admin.get(address(view="preview"), {"example": str(booking.pk), "look": "sms"})
    assert "Bring tea. http" in page_of(text)


# --- Trying ---------------------------------------------------------------------------------------------------------
def test_a_test_goes_to_oneself_as_it_is_typed(
    admin: Client, booking: Booking, smtp: SmtpSink, twilio: TwilioServer, settings: Settings
) -> None:
    asked = {**WORDS, "example": str(booking.pk), "phone": "+12025550177"}
    sent = page_of(admin.post(address(), {"test_email": "1", **asked}))
    assert "The test message was taken by smtp" in sent
    assert "[company] {{ comes }}" in sent  # what was typed stays
    [message] = smtp.messages
    assert message["To"] == "ada <ada@example.com>"
    assert "List-Unsubscribe" not in message
    assert quote("xxxx") in str(message.get_body(("plain",)))
    admin.post(address(), {"test_sms": "1", **asked})
    assert twilio.messages[0]["To"] == "+12025550177"
    assert twilio.messages[0]["Body"].startswith(f"{PortalSettings.load().company_name}: see you ")
    assert not MessageTemplate.objects.exists()
    assert not CustomerNotification.objects.exists()

    # Not what is wrong, not where texts do not go, and by the guest list.
    assert "Do you mean [when]?" in page_of(admin.post(address(), {"test_email": "1", **asked, "subject": "[wen]"}))
    settings.SMS_COUNTRIES = ["44"]
    assert "SMS_COUNTRIES" in page_of(admin.post(address(), {"test_sms": "1", **asked}))
    assert "Write the number" in page_of(admin.post(address(), {"test_sms": "1", **asked, "phone": ""}))
    settings.DELIVERY_MODE = "guest-list"
    assert "not on the guest list" in page_of(admin.post(address(), {"test_email": "1", **asked}))
    assert (len(smtp.messages), len(twilio.messages)) == (1, 1)
    assert AuditEntry.objects.filter(action__startswith="test of a message").count() == 2


def test_who_may_look_and_who_may_write(
    stranger: Client, booking: Booking, django_user_model: type[User], db: None
) -> None:
    pages = [address(), address(view="preview"), address(view="history")]
    assert all(stranger.get(at).status_code == 302 for at in pages)
    restore, built_in = address(view="restore"), address(view="built-in")
    writes = [(address(), {"save": "1", **WORDS}), (restore, {"number": "1"}), (built_in, {})]
    for role, may_write in (("dispatcher", False), ("read-only", False), ("technician", None), ("admin", True)):
        user = django_user_model.objects.create_user(role, f"{role}@example.com", "x", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        assert [client.get(at).status_code for at in pages] == [403 if may_write is None else 200] * 3
        if not may_write:
            assert [client.post(*one).status_code for one in writes] == [403] * 3
    assert not TemplateVersion.objects.exists()
    assert 'name="save"' in page_of(client.get(address()))
    assert client.get(restore).status_code == 405
    unknown = (address("no-such"), address(language="xx"), address(service="no-such"), address("asked", service="a-b"))
    for missing in unknown:
        assert client.get(missing).status_code == 404
    assert MessageTemplate.objects.count() == 0
    assert State.QUEUED not in CustomerNotification.objects.values_list("state", flat=True)
