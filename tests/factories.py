"""The fixed cast's makers: each gives a record that is whole and allowed, unless a test asks otherwise."""

import datetime as dt
from typing import Any

import factory
from django.contrib.auth.models import Group
from django.utils import timezone
from factory.django import DjangoModelFactory

from bookings.models import (
    Booking,
    BookingNotificationCode,
    BookingStatus,
    IncidentType,
    Resource,
    WorkOrder,
    WorkOrderType,
)
from fsportal.models import Account, BusinessUnit, Contact, PortalSettings, User
from notifications.models import CustomerNotification
from portal.models import Invitation, InvitationType, Redemption, WebRole

PASSWORD = "a-long-pass-phrase"
#: Ofcom keeps 020 7946 0000 to 0999 free for drama (UK), so no message can reach anybody.
DRAMA_NUMBER = "+4420794{:05d}"


def name_company(name: str = "Contoso") -> None:
    """Give the company a name: without one nothing goes out to customers for real."""
    portal_settings = PortalSettings.load()
    portal_settings.company_name = name
    portal_settings.save()


def let_texts_go() -> None:
    """Let texts go out at any hour and in any number, for tests of delivery: they run at night, too."""
    portal_settings = PortalSettings.load()
    portal_settings.sms_from = portal_settings.sms_until = None
    portal_settings.texts_per_number = portal_settings.texts_per_account = portal_settings.texts_per_day = 0
    portal_settings.save()


class BusinessUnitFactory(DjangoModelFactory[BusinessUnit]):
    class Meta:
        model = BusinessUnit

    name = factory.Sequence(lambda n: f"Unit {n}")


class UserFactory(DjangoModelFactory[User]):
    """A user who can sign in with PASSWORD; `groups=["dispatcher"]` adds roles."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def groups(self: User, create: bool, names: list[str] | None, **_: Any) -> None:
        if create and names:
            self.groups.set(Group.objects.filter(name__in=names))


class AccountFactory(DjangoModelFactory[Account]):
    """An active account in London."""

    class Meta:
        model = Account

    name = factory.Sequence(lambda n: f"Account {n}")
    street = "1 Test Street"
    city = "London"
    postal_code = "SW1A 1AA"
    country = "GB"
    latitude = 51.5014
    longitude = -0.1419
    time_zone = "Europe/London"


class ContactFactory(DjangoModelFactory[Contact]):
    """A contact who can be reached by email and SMS."""

    class Meta:
        model = Contact

    account = factory.SubFactory(AccountFactory)
    name = factory.Sequence(lambda n: f"Contact {n}")
    email = factory.Sequence(lambda n: f"contact{n}@example.com")
    mobile_phone = factory.Sequence(lambda n: DRAMA_NUMBER.format(60000 + n % 1000))
    language = "en"


class WorkOrderTypeFactory(DjangoModelFactory[WorkOrderType]):
    class Meta:
        model = WorkOrderType

    name = factory.Sequence(lambda n: f"Type {n}")


class IncidentTypeFactory(DjangoModelFactory[IncidentType]):
    class Meta:
        model = IncidentType

    name = factory.Sequence(lambda n: f"Service {n}")


class ResourceFactory(DjangoModelFactory[Resource]):
    """A technician who starts in London and works day and night: tests run at any hour."""

    class Meta:
        model = Resource

    name = factory.Sequence(lambda n: f"Technician {n:06}")  # in one order, by number and by name
    time_zone = "Europe/London"
    working_hours = factory.LazyFunction(lambda: {str(day): ["00:00", "00:00"] for day in range(7)})
    start_latitude = 51.52
    start_longitude = -0.10


class WorkOrderFactory(DjangoModelFactory[WorkOrder]):
    """A work order, reported by a contact of its own account."""

    class Meta:
        model = WorkOrder

    number = factory.Sequence(lambda n: f"WO-{n:05d}")
    account = factory.SubFactory(AccountFactory)
    incident_type = factory.SubFactory(IncidentTypeFactory)
    work_order_type = factory.SubFactory(WorkOrderTypeFactory)
    reported_by = factory.SubFactory(ContactFactory, account=factory.SelfAttribute("..account"))


class BookingFactory(DjangoModelFactory[Booking]):
    """A visit of one hour, two days from now, made by the verb; nobody is told *Booked*, as if it were an old one.

    `status=` puts it straight into a status without the verbs on the way there, and so without their messages.
    """

    class Meta:
        model = Booking

    work_order = factory.SubFactory(WorkOrderFactory)
    resource = factory.SubFactory(ResourceFactory)
    start = factory.LazyFunction(lambda: (timezone.now() + dt.timedelta(days=2)).replace(microsecond=0))
    end = factory.LazyAttribute(lambda booking: booking.start + dt.timedelta(hours=1))

    @classmethod
    def _create(cls, model_class: type[Booking], *args: Any, **kwargs: Any) -> Booking:
        status = kwargs.pop("status", BookingStatus.SCHEDULED)
        booking = model_class.schedule(**kwargs)
        CustomerNotification.objects.regarding(booking).filter(event="booked").delete()
        booking.timed_at = None
        booking.save(update_fields=["timed_at"])
        if status != BookingStatus.SCHEDULED:
            model_class.objects.filter(pk=booking.pk).update(status=status)
            booking.refresh_from_db(fields=["status"])
        return booking


class CodeFactory(DjangoModelFactory[BookingNotificationCode]):
    """The code of a booking's own contact."""

    class Meta:
        model = BookingNotificationCode

    booking = factory.SubFactory(BookingFactory)
    contact = factory.LazyAttribute(lambda code: code.booking.reported_by)


class InvitationFactory(DjangoModelFactory[Invitation]):
    """A single invitation of a contact, as *Create Invitation* makes it; fields given go past the verb."""

    class Meta:
        model = Invitation

    contact = factory.SubFactory(ContactFactory)
    by = None

    @classmethod
    def _create(cls, model_class: type[Invitation], *args: Any, **kwargs: Any) -> Invitation:
        invitation = model_class.for_contact(kwargs.pop("contact"), by=kwargs.pop("by"))
        if kwargs:
            model_class.objects.filter(pk=invitation.pk).update(**kwargs)
            invitation.refresh_from_db()
        return invitation


class GroupInvitationFactory(DjangoModelFactory[Invitation]):
    """An invitation of three people of one account; `contacts=[...]` invites some by name."""

    class Meta:
        model = Invitation
        skip_postgeneration_save = True

    type = InvitationType.GROUP
    account = factory.SubFactory(AccountFactory)
    max_redemptions = 3

    @factory.post_generation
    def contacts(self: Invitation, create: bool, people: list[Contact] | None, **_: Any) -> None:
        if create:
            self.contacts.set(people or [])
            self.web_roles.add(WebRole.web_api_users())


def redeem(invitation: Invitation, contact: Contact, user: User, *, made_user: bool = True) -> Redemption:
    """Let `user` have come in as `contact` by `invitation`, with what the redeeming page does at its end."""
    invitation.take_seat(timezone.now())
    Contact.objects.filter(pk=contact.pk).update(portal_user=user)
    redemption = Redemption.objects.create(invitation=invitation, contact=contact, user=user, made_user=made_user)
    redemption.web_roles.set([role for role in invitation.web_roles.all() if role.give(contact, by=None)])
    return redemption
