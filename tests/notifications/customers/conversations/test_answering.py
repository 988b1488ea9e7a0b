"""Texts both ways: each is kept, a conversation has one card, and an answer goes once, if the customer allows it."""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator

import pytest
import time_machine
from django.core.management import call_command

from bookings.models import Booking
from bookings.staff_cards import TEXTED
from fsportal.management.cleaning import clean_up
from fsportal.models import Contact, Person, PortalSettings, User
from notifications import personal_data
from notifications.customers import delivery
from notifications.customers.conversations import answering, free_messages
from notifications.customers.replies import listeners
from notifications.customers.replies.handling import IncomingText, handle
from notifications.models import AppNotification, Conversation, CustomerNotification, StaffMessage, State, TextReply
from tests.factories import BookingFactory, ContactFactory, UserFactory, WorkOrderFactory
from tests.portal.stage import NOW, company
from tests.servers import Answer, TwilioServer

pytestmark = pytest.mark.django_db

NUMBER, STRANGER = "+442079460018", "+442079460099"
_ids = itertools.count(1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        company()
        yield traveller


@pytest.fixture
def contact() -> Contact:
    made: Contact = ContactFactory(name="Ann Smith", mobile_phone=NUMBER)
    return made


def text(body: str, number: str = NUMBER, *, handled_as: str = "") -> Conversation:
    found = IncomingText(f"SM{next(_ids)}", number, body, handled_as)
    handle(found, dt.datetime.now(dt.UTC))
    return TextReply.objects.get(provider_id=found.id).conversation  # type: ignore[return-value]


def cards(user: User) -> list[tuple[str, str]]:
    return list(AppNotification.objects.filter(owner=user, kind=TEXTED).values_list("title", "body"))


def answer(conversation: Conversation, words: str, by: User, *, as_read: str | None = None) -> bool:
    seen = answering.mark(conversation) if as_read is None else as_read
    return answering.answer(conversation, words, "sms", by=by, as_read=seen, pk=uuid.uuid4())


def test_every_text_is_kept_and_what_a_person_must_read_is_one_card(contact: Contact, dispatcher: User) -> None:
    order = WorkOrderFactory(account=contact.account, reported_by=contact)
    visit: Booking = BookingFactory(work_order=order)
    blind = UserFactory(username="blind", is_staff=True, groups=["technician"])
    for words in ("STOP", "START", "HELP"):
        text(words)
    text("stop by later", handled_as="stop")  # as the provider read it
    text("START")
    assert cards(dispatcher) == []
    conversation = text("Is **Tuesday** fine? [pay](https://evil.example)\nAnn")
    assert cards(dispatcher) == [("Ann Smith texted", "“Is **Tuesday** fine? [pay](https://evil.example) Ann”")]
    assert "<a " not in AppNotification.objects.get(owner=dispatcher).body_html
    AppNotification.objects.update(seen_at=NOW)
    assert text("Hello? My door code is 4711 <script>") == conversation
    [(title, newest)] = cards(dispatcher)
    assert (title, "4711" in newest) == ("Ann Smith texted", True)
    assert AppNotification.objects.get(owner=dispatcher).seen_at is None
    assert cards(blind) == []
    kept = list(conversation.texts.order_by("pk").values_list("body", "meaning", "regarding_id"))
    assert [body for body, _meaning, _about in kept][:5] == ["STOP", "START", "HELP", "stop by later", "START"]
    assert {about for _body, _meaning, about in kept} == {visit.pk}
    unknown = text("Who are you?", STRANGER)
    assert (unknown.contact, unknown.number, unknown.texts.get().body) == (None, STRANGER, "Who are you?")
    assert {title for title, _body in cards(dispatcher)} == {"Ann Smith texted", "+44 •••• ••0099 texted"}


def test_an_app_above_may_understand_a_text_and_one_that_fails_loses_none(
    contact: Contact, dispatcher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(said: listeners.OrdinaryText) -> None:
        said.contacts[0].opt_out("email", how="sms")
        raise RuntimeError

    def confirms(said: listeners.OrdinaryText) -> listeners.Understood | None:
        return listeners.Understood("Confirmed.", contact) if said.body == "YES" else None

    monkeypatch.setattr(listeners, "_listeners", [fails, confirms])
    found = IncomingText("SM-yes", NUMBER, "YES")
    assert handle(found, NOW) == "Confirmed."
    assert (TextReply.objects.get().regarding, TextReply.objects.get().answer) == (contact, "Confirmed.")
    assert cards(dispatcher) == []
    assert not contact.has_opted_out("email")
    text("yes please")
    assert len(cards(dispatcher)) == 1
    contact.opt_out("sms", how="sms")
    assert handle(IncomingText("SM-yes-2", NUMBER, "YES"), NOW) == ""
    assert contact.has_opted_out("sms")


def test_a_shared_number_is_in_the_conversation_of_whom_we_texted_last(contact: Contact) -> None:
    twin: Contact = ContactFactory(mobile_phone=NUMBER)
    assert text("Hello").contact == contact
    CustomerNotification.objects.create(event="x", channel="sms", contact=twin, dedupe_key="x", told_at=NOW)
    assert text("Hello").contact == twin


def test_an_answer_goes_once_at_any_hour_and_ends_the_card_for_everybody(
    contact: Contact, dispatcher: User, twilio: TwilioServer, clock: time_machine.Coordinates
) -> None:
    colleague: User = UserFactory(username="dan", first_name="Dan", is_staff=True, groups=["dispatcher"])
    clock.move_to(NOW.replace(hour=23))
    conversation = text("Are you coming?")
    seen = answering.mark(conversation)
    assert (len(cards(dispatcher)), len(cards(colleague))) == (1, 1)
    assert answer(conversation, "Yes, at ten.\nOmar", colleague)
    assert (cards(dispatcher), cards(colleague)) == ([], [])
    with pytest.raises(answering.ReadAgain, match=r"has answered meanwhile.*Yes, at ten. Omar"):
        answer(conversation, "No idea", dispatcher, as_read=seen)
    delivery.drain()
    [sent] = twilio.messages
    assert (sent["To"], sent["Body"]) == (NUMBER, "Yes, at ten. Omar")
    row = CustomerNotification.objects.get(event="answer")
    assert (row.state, row.regarding, row.asked_by) == (State.SENT, conversation, colleague)
    assert row.staff_message is not None
    assert row.staff_message.body == "Yes, at ten.\nOmar"

    seen = answering.mark(conversation)
    text("And my dog?")
    with pytest.raises(answering.ReadAgain, match="written again meanwhile: “And my dog"):
        answering.see_to(conversation, by=dispatcher, as_read=seen)
    assert len(cards(dispatcher)) == 1
    assert answering.see_to(conversation, by=dispatcher, as_read=answering.mark(conversation))
    assert cards(dispatcher) == []
    pk, mark = uuid.uuid4(), answering.mark(conversation)
    twice = [answering.answer(conversation, "Woof", "sms", by=dispatcher, as_read=mark, pk=pk) for _ in range(2)]
    assert twice == [True, False]
    # Who has not written for a day is not woken.
    clock.shift(dt.timedelta(days=2))
    answer(conversation, "One more thing", dispatcher)
    delivery.drain()
    assert CustomerNotification.objects.latest("created_at").state == State.QUEUED


def test_consent_is_obeyed_and_what_fails_makes_them_wait_again(
    contact: Contact, dispatcher: User, twilio: TwilioServer
) -> None:
    conversation = text("Hello?")
    twilio.answer = Answer(400, {"code": 21211, "message": "no", "status": 400})
    answer(conversation, "Hi", dispatcher)
    delivery.drain()
    conversation.refresh_from_db()
    assert conversation.waits_since is not None
    assert cards(dispatcher) == [("Ann Smith did not get our answer", "")]
    twilio.answer = None
    # Queued, and then they write STOP: it does not go.
    answer(conversation, "Hi again", dispatcher)
    text("STOP")
    delivery.drain()
    assert twilio.messages == []
    for number, one in ((NUMBER, conversation), (STRANGER, text("STOP", STRANGER))):
        with pytest.raises(answering.AnswerRefused, match="must not be texted"):
            answer(one, "Hi", dispatcher)
        text("START", number)
        answer(one, "Hi", dispatcher)
    delivery.drain()
    assert sorted(sent["To"] for sent in twilio.messages) == [NUMBER, STRANGER]


def test_words_go_when_they_have_been_kept_long_enough_and_with_the_person(
    contact: Contact, dispatcher: User, clock: time_machine.Coordinates
) -> None:
    PortalSettings.objects.update(messages_kept_days=30)
    conversation, unknown = text("My code is 4711"), text("I am 4712", STRANGER)
    text("START")
    answer(conversation, "Noted 4711", dispatcher)
    delivery.drain()
    person = Person.of(contact.email)
    told = str(personal_data.export(person))
    assert ("My code is 4711" in told, "Noted 4711" in told, "4712" in told) == (True, True, False)
    clock.shift(dt.timedelta(days=31))
    clean_up(None)
    assert not TextReply.objects.filter(body__contains="471").exists()
    assert not StaffMessage.objects.filter(body__contains="471").exists()
    assert not Conversation.objects.filter(pk=unknown.pk).exists()
    # The ids stay, so that an old START that comes again still counts for nothing.
    assert TextReply.objects.filter(conversation=conversation).count() == 2
    clock.shift(dt.timedelta(days=90))
    clean_up(None)
    assert list(TextReply.objects.values_list("meaning", flat=True)) == ["start"]
    text("Again 4713", STRANGER)
    text("It is 4714")
    Contact.objects.filter(pk=contact.pk).update(mobile_phone=STRANGER)
    call_command("erase_person", contact.email, verbosity=0)
    assert not TextReply.objects.exists()
    assert not Conversation.objects.exists()


def test_a_stop_counts_for_the_number_whether_or_not_a_contact_has_it(dispatcher: User, twilio: TwilioServer) -> None:
    unknown, hello = text("STOP"), text("Hello", STRANGER)
    # They become contacts afterwards, as by an import.
    ann, ben = ContactFactory(mobile_phone=NUMBER), ContactFactory(mobile_phone=STRANGER)
    text("STOP", STRANGER)
    for conversation in (unknown, hello):
        with pytest.raises(answering.AnswerRefused, match="must not be texted"):
            answer(conversation, "Hi", dispatcher)
    free_messages.send(uuid.uuid4(), "", "We are closed", [ann, ben], ["sms"], by=dispatcher)
    delivery.drain()
    assert twilio.messages == []
    assert set(CustomerNotification.objects.values_list("reason", flat=True)) == {"opted_out"}
    text("START")
    answer(Conversation.of(ann, "", NOW), "Hi", dispatcher)
    delivery.drain()
    assert [sent["To"] for sent in twilio.messages] == [NUMBER]


def test_an_answer_that_was_held_up_too_long_has_answered_nobody(
    contact: Contact, dispatcher: User, twilio: TwilioServer, clock: time_machine.Coordinates
) -> None:
    conversation = text("Hello?")
    answer(conversation, "Hi", dispatcher)
    assert cards(dispatcher) == []
    clock.shift(dt.timedelta(days=3))
    delivery.drain()
    assert (CustomerNotification.objects.get().state, twilio.messages) == (State.EXPIRED, [])
    conversation.refresh_from_db()
    assert conversation.waits_since is not None
    assert cards(dispatcher) == [("Ann Smith did not get our answer", "")]
    for nothing in ("\u200b \u2060", "x" * 1700):
        with pytest.raises(answering.AnswerRefused):
            answer(conversation, nothing, dispatcher)
