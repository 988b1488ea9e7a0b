"""The pages of conversations: who may read them, what they show, and answering there without a script."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking
from fsportal.models import Contact, User
from fsportal.models.portal_settings import remembered
from notifications.customers.replies.handling import IncomingText, handle
from notifications.models import Conversation, CustomerNotification, StaffMessage, TextReply
from tests.admin_cast import DISPATCH, person

LIST = "admin:notifications_conversation_changelist"
RIGHTS = [*DISPATCH, "view_conversation", "change_conversation", "view_staffmessage", "add_staffmessage"]
HOSTILE = '<script>alert(1)</script> {{ x }} **b** [x](javascript:1) "\u202eevil'


@pytest.fixture
def dispatcher(db: None) -> Client:
    """Return a dispatcher who may answer."""
    client = Client()
    client.force_login(person("dora", RIGHTS))
    return client


@pytest.fixture
def conversation(contact: Contact) -> Conversation:
    handle(IncomingText("SM1", contact.mobile_phone, HOSTILE), timezone.now())
    return Conversation.objects.get()


def page(conversation: Conversation) -> str:
    return reverse("admin:notifications_conversation_change", args=[conversation.pk])


def action(conversation: Conversation, name: str) -> str:
    return reverse("admin:notifications_conversation_action", args=[conversation.pk, name])


def hidden(html: str) -> dict[str, str]:
    """Return the hidden fields of the form for an answer."""
    form = html[html.index('id="answer"') :]
    return {name: re.search(rf'name="{name}" value="([^"]*)"', form)[1] for name in ("pk", "as_read")}  # type: ignore[index]


def test_nobody_reads_conversations_who_may_not_see_contacts(conversation: Conversation, contact: Contact) -> None:
    for rights, status in ((["view_contact"], 403), (["view_conversation", "view_customernotification"], 403),
                           (["view_contact", "view_conversation"], 200)):  # fmt: skip
        client = Client()
        client.force_login(person(f"user{len(rights)}{status}", rights))
        for address in (page(conversation), reverse(LIST)):
            assert client.get(address).status_code == status
        assert client.post(action(conversation, "answer")).status_code == 403
        assert ("evil" in client.get(reverse("admin:fsportal_contact_change", args=[contact.pk])).content.decode()) == (
            status == 200
        )
    assert Client().get(page(conversation)).status_code == 302
    conversation.refresh_from_db()
    assert conversation.waits_since is not None


def test_what_was_said_is_text_and_an_answer_needs_no_script(
    dispatcher: Client, conversation: Conversation, contact: Contact, booking: Booking
) -> None:
    CustomerNotification.objects.update(contact=contact)
    shown = dispatcher.get(page(conversation) + "?answer=1").content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ x }} **b** [x](javascript:1) &quot;evil" in shown
    assert re.search(r'<textarea name="text"[^>]* autofocus', shown)
    fields = hidden(shown)
    assert dispatcher.post(action(conversation, "answer"), fields | {"text": " ", "channel": "sms"}).status_code == 400
    said = {"text": "We come at ten. <3", "channel": "sms"}
    assert dispatcher.post(action(conversation, "answer"), fields | said).status_code == 302
    assert dispatcher.post(action(conversation, "answer"), fields | said).status_code == 302
    assert StaffMessage.objects.get().body == "We come at ten. <3"

    # A colleague with the page as it was before: nothing is sent, what was typed stays, and the next press sends.
    colleague = Client()
    colleague.force_login(person("carl", RIGHTS))
    late = fields | {"pk": str(uuid.uuid4()), "text": "No idea", "channel": "sms"}
    refused = colleague.post(action(conversation, "answer"), late)
    assert refused.status_code == 400
    assert "dora has answered meanwhile" in refused.content.decode()
    assert "No idea" in refused.content.decode()
    assert StaffMessage.objects.count() == 1
    again = late | {"as_read": re.search(r'name="as_read" value="([^"]*)"', refused.content.decode())[1]}  # type: ignore[index]
    assert colleague.post(action(conversation, "answer"), again).status_code == 302
    assert StaffMessage.objects.count() == 2

    stale = {"as_read": hidden(dispatcher.get(page(conversation)).content.decode())["as_read"]}
    handle(IncomingText("SM2", contact.mobile_phone, "Fine!"), timezone.now())
    unread = dispatcher.post(action(conversation, "seen-to"), stale, follow=True)
    assert "written again meanwhile" in unread.content.decode()
    fresh = hidden(unread.content.decode())
    dispatcher.post(action(conversation, "seen-to"), fresh)
    conversation.refresh_from_db()
    assert conversation.waits_since is None
    handle(IncomingText("SM3", contact.mobile_phone, "STOP"), timezone.now())
    stopped = dispatcher.get(page(conversation)).content.decode()
    assert "must not be texted" in stopped
    assert 'value="sms"' not in stopped
    assert dispatcher.post(action(conversation, "answer"), fresh | said).status_code == 400


def test_pages_ask_as_often_for_many_texts_as_for_few(
    dispatcher: Client, conversation: Conversation, contact: Contact, booking: Booking,
    make_message: Callable[..., Any],
) -> None:  # fmt: skip
    addresses = [
        page(conversation),
        reverse(LIST),
        reverse("admin:fsportal_contact_change", args=[contact.pk]),
        reverse("admin:bookings_booking_change", args=[booking.pk]),
    ]
    make_message(words="See [link]", channel="sms")

    def statements() -> list[int]:
        counts = []
        for address in addresses:
            remembered.forget()  # for a second otherwise: then the clock would count, too
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert "evil" in dispatcher.get(address).content.decode()
            counts.append(len(queries))
        return counts

    statements()
    few = statements()
    author = User.objects.get(username="dora")
    for number in range(60):
        at = timezone.now() - dt.timedelta(hours=number + 1)
        TextReply.objects.create(
            provider_id=f"x{number}", contact=contact, conversation=conversation, body=f"text {number}", received_at=at
        )
        written = StaffMessage.objects.create(body=f"answer {number}", author=author)
        make_message(created_at=at, staff_message=written, event="answer", channel="sms")
    unknown = [Conversation(number=f"+1555010{number:04}", waits_since=timezone.now()) for number in range(30)]
    Conversation.objects.bulk_create(unknown)
    assert statements() == few
    newest = dispatcher.get(page(conversation)).content.decode()
    assert ("answer 3" in newest, "text 59" in newest) == (True, False)
    older = re.search(r'href="(\?before=[^"]+)"', newest)
    assert older is not None
    assert "text 40" in dispatcher.get(page(conversation) + older[1]).content.decode()
    assert dispatcher.get(page(conversation) + "?before=x%00").status_code == 200
