"""A person with everything that can be held of one, made by the product's own verbs, and a neighbour who stays."""

import datetime as dt
import io
import uuid
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from bookings.models import Booking, BookingImport, BookingNotificationCode, BookingStatus, Change, Series, Wish
from bookings.self_service import verbs
from bookings.series.changing import repeat
from fsportal.lib.sessions import SessionStore
from fsportal.models import ApiToken, AuditEntry, Contact, PortalSettings, ProfileChange, Site, User
from fsportal.models.consent import Channel, OptOutSource
from notifications.customers import delivery
from notifications.customers.conversations import answering
from notifications.customers.replies.handling import IncomingText, handle
from notifications.models import Conversation, CustomerNotification, NotificationAttempt, State
from portal.invitations.redeem import invited, make_profile
from portal.models import Invitation, InvitedAddress, OneTimeCode, SecurityNotice, StaffInvitation
from tests.factories import AccountFactory, BookingFactory, ContactFactory, WorkOrderFactory
from tests.portal.stage import company

NAME, OLD_NAME = "Wilhelmina Müller-Tregarthen", "Billie Tregarthen"
EMAIL, OLD_EMAIL = "Wilhelmina@Tregarthen.example", "billie@oldmail.example"
PHONE, OLD_PHONE = "+442079460321", "+442079460322"
USER_NAME = "wilhelmina.t"
#: Whatever of this is left anywhere is left of the person.
TRACES = (
    "wilhelmina",
    "tregarthen",
    "billie",
    "oldmail",
    "9460321",
    "9460322",
    "my bell is broken",
    "my private words",
)
PASSWORD = "a-long-pass-phrase"
NEIGHBOUR, NEIGHBOUR_EMAIL = "Nora Next-Door", "nora@nextdoor.example"


@dataclass
class Life:
    contact: Contact
    user: User
    booking: Booking
    done: Booking
    neighbour: Contact
    neighbours: Booking
    code: BookingNotificationCode


def live(dispatcher: User, admin: User) -> Life:
    """Return the person, after a full history."""
    portal_settings = company()
    PortalSettings.objects.filter(pk=portal_settings.pk).update(guest_list=f"{EMAIL.lower()}\nguest@example.com")
    account = AccountFactory(name="Harbour Ltd", shares_visits=True)
    contact = ContactFactory(account=account, name=OLD_NAME, email=OLD_EMAIL, mobile_phone=OLD_PHONE)
    neighbour = ContactFactory(
        account=account, name=NEIGHBOUR, email=NEIGHBOUR_EMAIL, mobile_phone="+442079460555", language="en"
    )
    account.primary_contact = contact
    account.save()

    # Coming in
    invitation = Invitation.for_contact(contact, by=dispatcher)
    invitation.send(by=dispatcher)
    delivery.drain()
    person = invited(invitation)
    assert person is not None
    user = User(username=USER_NAME)
    user.set_password(PASSWORD)
    make_profile(invitation, person, user, timezone.now())
    contact.refresh_from_db()
    Invitation.for_contact(contact, by=dispatcher)  # one that is still open
    for invited_address in (OLD_EMAIL, EMAIL.lower()):
        InvitedAddress.objects.create(email=invited_address)
    contact.change_profile(by=user, name=NAME, mobile_phone=PHONE)
    contact.change_email(EMAIL, by=user)
    OneTimeCode.issue(f"email:{contact.pk}", Channel.EMAIL, to=EMAIL)
    _sign_in(user)

    # Visits
    order = WorkOrderFactory(account=account, reported_by=contact, notes=f"{NAME}: my bell is broken, call {PHONE}")
    booking = BookingFactory(work_order=order)
    done = BookingFactory(
        work_order=WorkOrderFactory(account=account, reported_by=contact), status=BookingStatus.COMPLETED
    )
    neighbours = BookingFactory(
        work_order=WorkOrderFactory(account=account, reported_by=neighbour, notes="Beware of the dog")
    )
    repeat(done, Series(name=f"{NAME}'s bell", first_day=done.start.date(), start_time=dt.time(9)), by=dispatcher)
    code = BookingNotificationCode.issue(booking, contact)
    code.block(by=dispatcher, why=f"{NAME} lost the phone")
    code.unblock(by=dispatcher)
    BookingNotificationCode.issue(neighbours, neighbour)
    verbs.ask(booking, contact=contact, wish=Wish.CHANGE, text="my bell is broken")
    verbs.ask(neighbours, contact=neighbour, wish=Wish.CHANGE, text="Nora's own wish")
    verbs.rate(done, contact, 1, "my private words, yours Billie")
    booking.travel(Change(by=dispatcher))
    neighbours.travel(Change(by=dispatcher))
    delivery.drain()
    sent = CustomerNotification.objects.filter(contact=contact).first()
    assert sent is not None
    NotificationAttempt.objects.create(notification=sent, provider="smtp", detail=f"<{EMAIL}>: mailbox full")
    done.changes.update(why="my private words", contact=contact)
    booking.turn_back(Change(by=dispatcher, why=f"{NAME} was not at home"))
    booking.reschedule(booking.start + dt.timedelta(days=3), change=Change(by=dispatcher))

    Site.objects.create(account=account, name="Boathouse", street="1 Quay")
    _say_what_they_want(contact, dispatcher)
    _write_about(contact, dispatcher, admin)
    booking.travel(Change(by=dispatcher))  # two messages that wait
    SecurityNotice.tell(user, "password_changed")
    assert ProfileChange.objects.filter(contact=contact).count() == 3
    return Life(contact, user, booking, done, neighbour, neighbours, code)


def _say_what_they_want(contact: Contact, dispatcher: User) -> None:
    contact.opt_out(Channel.EMAIL, how=OptOutSource.PROFILE)
    handle(IncomingText("SM0", PHONE, "my private words, yours Billie"), timezone.now())
    _answer(contact, dispatcher)
    handle(IncomingText("SM1", PHONE, "STOP"), timezone.now())
    contact.choose("traveling", Channel.SMS, is_wanted=False)


def _answer(contact: Contact, dispatcher: User) -> None:
    """Let staff answer the text, in words that name the contact."""
    talk = Conversation.objects.get(contact=contact)
    words = f"Dear {NAME}, we have read it."
    answering.answer(talk, words, "sms", by=dispatcher, as_read=answering.mark(talk), pk=uuid.uuid4())
    sent = CustomerNotification.objects.filter(event="answer")
    sent.update(state=State.SENT, to=PHONE, words=words, finished_at=timezone.now())


def _write_about(contact: Contact, dispatcher: User, admin: User) -> None:
    AuditEntry.note(contact, "noted", by=dispatcher, why=f"{NAME} called from {PHONE}")
    for record, words in (
        (contact, ""),
        (contact.account, '[{"changed": {"object": "Wilhelmina M\\u00fcller-Tregarthen"}}]'),
    ):
        LogEntry.objects.create(
            user=admin,
            content_type=ContentType.objects.get_for_model(record),
            object_id=str(record.pk),
            object_repr=str(record),
            action_flag=CHANGE,
            change_message=words,
        )
    content = f"name,email\n{NAME},{EMAIL}\n".encode()
    BookingImport.objects.create(file_name="next.csv", content=content, summary={"rows": [NAME]})
    BookingImport.objects.create(file_name="others.csv", content=b"name,email\nNora,nora@nextdoor.example\n")


def _sign_in(user: User) -> None:
    client = Client()
    client.force_login(user)
    client.get("/")
    store = SessionStore()
    store["redeeming"] = {"name": NAME, "email": EMAIL}
    store.create()
    UserSession.objects.create(
        user=user, ip="192.0.2.7", session_key="k" * 32, user_agent="Wilhelmina's phone", last_seen_at=timezone.now()
    )
    EmailAddress.objects.create(user=user, email=EMAIL.lower(), verified=True, primary=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "TOTPSEED"})
    SocialAccount.objects.create(user=user, provider="work", uid="wilhelmina-1", extra_data={"id_token": "IDTOKEN"})
    ApiToken.issue(user, "Wilhelmina's script", days=3)
    SecurityNotice.tell(user, "password_changed")
    StaffInvitation.objects.create(user=user, language="en", sent_at=timezone.now(), expires_at=timezone.now())


def said(command: str, address: str, *options: str) -> str:
    """Run a command on an address; return what it printed."""
    out = io.StringIO()
    call_command(command, address, *options, stdout=out)
    return out.getvalue()
