"""Records for tests: each factory makes a whole, valid record with nothing special about it."""

import datetime as dt
from typing import Any

import factory
from django.utils import timezone

from bookings.models import Booking, IncidentType, Resource, WorkOrder, WorkOrderType
from fsportal.models import Account, Contact, User


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@staff.example.com")


class AccountFactory(factory.django.DjangoModelFactory[Account]):
    class Meta:
        model = Account

    name = factory.Sequence(lambda n: f"Account {n}")
    street = "1 High Street"
    city = "London"
    postal_code = "SW1A 1AA"
    country = "GB"
    latitude = 51.5014
    longitude = -0.1419
    time_zone = "Europe/London"


class ContactFactory(factory.django.DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    account = factory.SubFactory(AccountFactory)
    name = factory.Sequence(lambda n: f"Contact {n}")
    email = factory.Sequence(lambda n: f"contact{n}@example.com")
    mobile_phone = factory.Sequence(lambda n: f"+44207946{n % 10000:04d}")
    language = "en"


class WorkOrderTypeFactory(factory.django.DjangoModelFactory[WorkOrderType]):
    class Meta:
        model = WorkOrderType

    name = factory.Sequence(lambda n: f"Work order type {n}")


class IncidentTypeFactory(factory.django.DjangoModelFactory[IncidentType]):
    class Meta:
        model = IncidentType

    name = factory.Sequence(lambda n: f"Service {n}")


class WorkOrderFactory(factory.django.DjangoModelFactory[WorkOrder]):
    class Meta:
        model = WorkOrder

    number = factory.Sequence(lambda n: f"WO-{n:05d}")
    account = factory.SubFactory(AccountFactory)
    incident_type = factory.SubFactory(IncidentTypeFactory)
    work_order_type = factory.SubFactory(WorkOrderTypeFactory)
    reported_by = factory.LazyAttribute(lambda order: ContactFactory(account=order.account))


class ResourceFactory(factory.django.DjangoModelFactory[Resource]):
    class Meta:
        model = Resource

    name = factory.Sequence(lambda n: f"Technician {n}")
    main_phone = "+442079461234"
    start_latitude = 51.55
    start_longitude = -0.1


class BookingFactory(factory.django.DjangoModelFactory[Booking]):
    """A booking, made by the verb as everybody makes one: it has its first line of history."""

    class Meta:
        model = Booking

    work_order = factory.SubFactory(WorkOrderFactory)
    resource = factory.SubFactory(ResourceFactory)
    start = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=2))
    end = factory.LazyAttribute(lambda booking: booking.start + dt.timedelta(hours=1))

    @classmethod
    def _create(cls, model_class: type[Booking], *args: Any, **kwargs: Any) -> Booking:
        return model_class.schedule(**kwargs)
