"""From the demo to one's own company: everything of the demo goes, in one transaction; everything else stays.

What belongs to a demo account is the demo's, whoever made it. What belongs to any other account is the company's own,
and so is every technician, service or user that these need.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import (
    Booking,
    BookingImport,
    BookingNotificationCode,
    BulkChange,
    CustomerNote,
    Feedback,
    IncidentType,
    Resource,
    Series,
    Skill,
    Team,
    WorkOrder,
    WorkOrderType,
)
from fsportal.management.demo import company, desk, logins
from fsportal.models import AuditEntry, BusinessUnit, Contact, PortalSettings, User
from fsportal.settings_area import demo_marks
from notifications.models import (
    AppNotification,
    Conversation,
    CustomerNotification,
    MessageBundle,
    MessageTemplate,
    Mute,
    StaffMessage,
    State,
    TextReply,
    UnopenedCard,
)
from portal.models import Invitation, InvitedAddress, OneTimeCode, Redemption

#: What the audit trail calls it.
EMPTIED = "demo emptied"


class NotNow(Exception):
    """Nothing was changed. The message says why, and what to do."""


@dataclass(frozen=True)
class CountOfRecords:
    label: Any
    number: int
    names: tuple[str, ...] = ()


class DemoContents:
    """What is the demo's at this moment, if `keep` stays."""

    def __init__(self, keep: User | None) -> None:
        self.accounts = demo_marks.accounts()
        self.contacts = Contact.objects.filter(account__in=self.accounts.values("pk"))
        self.orders = WorkOrder.objects.filter(account__in=self.accounts.values("pk"))
        self.series = Series.objects.filter(account__in=self.accounts.values("pk"))
        self.bookings = Booking.objects.filter(work_order__in=self.orders.values("pk"))
        self.invitations = Invitation.objects.filter(account__in=self.accounts.values("pk"))
        self.users = self._users(keep)
        self.technicians = self._technicians()
        self.services = self._services()
        self.messages = self._messages()
        files = BookingImport.objects.all()
        self.imports = files.none() if demo_marks.own_accounts().exists() else files

    def _users(self, keep: User | None) -> QuerySet[User]:
        """Return the demo's own, and customers who came in by one of its invitations."""
        came_in = Redemption.objects.filter(invitation__in=self.invitations.values("pk"), made_user=True)
        customers = User.objects.filter(pk__in=came_in.values("user"), is_staff=False, is_superuser=False)
        of_own = Contact.objects.filter(account__in=demo_marks.own_accounts().values("pk"), portal_user__isnull=False)
        customers = customers.exclude(pk__in=of_own.values("portal_user")).exclude(resource__isnull=False)
        found = User.objects.filter(Q(pk__in=demo_marks.users().values("pk")) | Q(pk__in=customers.values("pk")))
        return found.exclude(pk=keep.pk) if keep else found

    def _technicians(self) -> QuerySet[Resource]:
        named = Resource.objects.filter(name__in=demo_marks.TECHNICIANS)
        is_demos = Q(user=None) | Q(user__in=demo_marks.users().values("pk"))
        visits = Booking.objects.exclude(pk__in=self.bookings.values("pk")).filter(resource__in=named.values("pk"))
        repeating = Series.objects.exclude(pk__in=self.series.values("pk")).filter(resource__in=named.values("pk"))
        is_needed = Q(pk__in=visits.values("resource")) | Q(pk__in=repeating.values("resource"))
        return named.filter(is_demos).exclude(is_needed)

    def _services(self) -> QuerySet[IncidentType]:
        """Return those that are as the demo made them, have no words of their own, and are not used otherwise."""
        as_made = Q()
        for name, minutes, type_name, is_offered in company.INCIDENT_TYPES:
            as_made |= Q(
                name=name,
                duration_minutes=minutes,
                default_work_order_type__name=type_name,
                is_offered=is_offered,
            )
        worded = MessageTemplate.objects.filter(service__isnull=False)
        orders = WorkOrder.objects.exclude(pk__in=self.orders.values("pk"))
        series = Series.objects.exclude(pk__in=self.series.values("pk"))
        is_needed = (
            Q(pk__in=worded.values("service"))
            | Q(pk__in=orders.filter(incident_type__name__in=demo_marks.SERVICES).values("incident_type"))
            | Q(pk__in=series.filter(incident_type__name__in=demo_marks.SERVICES).values("incident_type"))
        )
        return IncidentType.objects.filter(as_made).exclude(is_needed)

    def _messages(self) -> QuerySet[CustomerNotification]:
        addresses = [demo_marks.email_of(name) for name in demo_marks.USERS]
        to_nobody_else = Q(contact=None, to__in=addresses)
        theirs = Q(contact__in=self.contacts.values("pk")) | Q(regarding_id__in=self.bookings.values("pk"))
        return CustomerNotification.objects.filter(theirs | to_nobody_else)

    def goes(self) -> list[CountOfRecords]:
        """Return what emptying removes, in the words of the Settings area."""
        return [
            _counted(gettext_lazy("Accounts with their contacts"), self.accounts, "name"),
            _counted(gettext_lazy("Bookings, with their work orders, codes and history"), self.bookings),
            _counted(gettext_lazy("Messages, also those that wait to be sent"), self.messages),
            _counted(gettext_lazy("Invitations of customers"), self.invitations),
            _counted(gettext_lazy("Technicians"), self.technicians, "name"),
            _counted(gettext_lazy("Services that nobody has changed"), self.services, "name"),
            _counted(gettext_lazy("Schedule files"), self.imports),
            _counted(gettext_lazy("Users"), self.users, "username"),
        ]

    def stays(self) -> list[CountOfRecords]:
        """Return what is beside the demo, so that nobody is surprised."""
        others = [
            (gettext_lazy("Accounts of your own, with all that is theirs"), demo_marks.own_accounts(), "name"),
            (gettext_lazy("Technicians"), _beside(self.technicians), "name"),
            (gettext_lazy("Services"), _beside(self.services), "name"),
            (gettext_lazy("Users"), _beside(self.users), "username"),
        ]
        return [found for label, rows, name in others if (found := _counted(label, rows, name)).number]


#: Names that are listed, of each sort.
MOST_NAMES = 12


def _counted(label: Any, rows: QuerySet[Any], name: str = "") -> CountOfRecords:
    names = tuple(rows.order_by(name).values_list(name, flat=True)[:MOST_NAMES]) if name else ()
    return CountOfRecords(label, rows.order_by().count(), names)


def _beside(rows: QuerySet[Any]) -> QuerySet[Any]:
    everything: QuerySet[Any] = rows.model._default_manager.all()
    return everything.exclude(pk__in=rows.values("pk"))


def empty(keep: User | None, *, make_admin: bool = True) -> list[CountOfRecords]:
    """Remove the demo, all or nothing, and return what went. `keep` stays, and is an admin then if `make_admin`.

    Raises NotNow.
    """
    try:
        with transaction.atomic():
            gone = _empty(keep, make_admin=make_admin)
    except IntegrityError:  # ProtectedError is one, too: somebody booked at this moment
        raise NotNow(_("Something was added to the demo at this moment. Nothing was changed: try again.")) from None
    return gone


def _empty(keep: User | None, *, make_admin: bool) -> list[CountOfRecords]:
    # One at a time: the second finds nothing.
    record = PortalSettings.objects.select_for_update().filter(pk=1).first() or PortalSettings.objects.create(pk=1)
    demo = DemoContents(keep)
    if not demo.accounts.exists():
        raise NotNow(_("There is no demo company in this database (any more)."))
    _refuse_while_sending(demo)
    gone = [found for found in demo.goes() if found.number]
    _remove(demo)
    _reset(record)
    if keep is not None and make_admin:
        _make_admin(keep)
    transaction.on_commit(logins.forget_the_gone)
    AuditEntry.note(record, EMPTIED, by=keep, why=", ".join(f"{found.label}: {found.number}" for found in gone))
    return gone


def _refuse_while_sending(demo: DemoContents) -> None:
    """Refuse while a message or a file is under way; lock the messages that wait, so that none sets off now."""
    states = [
        message.state
        for message in demo.messages.filter(state__in=State.open()).order_by("pk").select_for_update(of=("self",))
    ]
    if State.SENDING in states or MessageBundle.objects.exists():
        raise NotNow(_("Messages are being sent at this moment. Nothing was changed: try again in a minute."))


# --- Removing ---------------------------------------------------------------------------------------------------------
def _remove(demo: DemoContents) -> None:
    """Remove everything in an order that foreign keys allow, having noted what other rows only name."""
    named = _pks(_named_elsewhere(demo))
    addresses = {*demo.contacts.exclude(email="").values_list("email", flat=True)}
    addresses |= {demo_marks.email_of(name) for name in demo_marks.USERS}
    written = set(demo.messages.exclude(staff_message=None).values_list("staff_message", flat=True))
    changes = list(BulkChange.objects.filter(rows__booking__in=demo.bookings.values("pk")).values_list("pk", flat=True))
    services, technicians, users = (_pk_list(rows) for rows in (demo.services, demo.technicians, demo.users))

    for model in (AppNotification, UnopenedCard, Mute, TextReply):
        model._default_manager.filter(_regarding(named, "regarding_type", "regarding_id")).delete()
    TextReply.objects.filter(contact__in=demo.contacts.values("pk")).delete()
    demo.messages.delete()
    CustomerNotification.objects.filter(_regarding(named, "regarding_type", "regarding_id")).delete()
    StaffMessage.objects.filter(pk__in=written, notifications=None).delete()
    OneTimeCode.objects.filter(to__in=addresses).delete()
    InvitedAddress.objects.filter(email__in=addresses).delete()
    demo.imports.delete()
    demo.series.delete()
    demo.bookings.delete()
    BulkChange.objects.filter(pk__in=changes, rows=None).delete()
    demo.orders.delete()
    demo.accounts.delete()
    Resource.objects.filter(pk__in=technicians).delete()
    IncidentType.objects.filter(pk__in=services).delete()
    _remove_what_nothing_uses()
    User.objects.filter(pk__in=users).delete()
    BusinessUnit.objects.filter(name__in=company.UNITS, users=None, children=None).delete()
    AuditEntry.objects.filter(_regarding(named, "subject_type", "subject_id")).delete()
    LogEntry.objects.filter(_regarding(named, "content_type", "object_id")).delete()


def _named_elsewhere(demo: DemoContents) -> Iterable[QuerySet[Any]]:
    """Return the rows that cards, messages and the audit trail name by type and id, which no foreign key holds."""
    bookings, contacts = demo.bookings.values("pk"), demo.contacts.values("pk")
    return (
        demo.accounts,
        demo.contacts,
        demo.orders,
        demo.series,
        demo.bookings,
        demo.invitations,
        demo.users,
        demo.technicians,
        demo.services,
        demo.messages,
        demo.imports,
        BookingNotificationCode.objects.filter(booking__in=bookings),
        CustomerNote.objects.filter(booking__in=bookings),
        Feedback.objects.filter(booking__in=bookings),
        Conversation.objects.filter(contact__in=contacts),
        Redemption.objects.filter(invitation__in=demo.invitations.values("pk")),
    )


def _pks(groups: Iterable[QuerySet[Any]]) -> dict[type[Model], list[Any]]:
    return {rows.model: _pk_list(rows) for rows in groups}


def _pk_list(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.order_by().values_list("pk", flat=True))


def _regarding(named: dict[type[Model], list[Any]], type_field: str, id_field: str) -> Q:
    """Return which rows name one of these records."""
    # The trail keeps ids as text, with dashes.
    as_text = id_field != "regarding_id"
    found = Q(pk__in=[])
    for model, pks in named.items():
        ids = [str(pk) for pk in pks] if as_text else pks
        if pks:
            found |= Q(**{type_field: ContentType.objects.get_for_model(model), f"{id_field}__in": ids})
    return found


def _remove_what_nothing_uses() -> None:
    """Remove the demo's teams, skill and work order types, unless something that stays has them."""
    Team.objects.filter(name__in=desk.TEAMS, resources=None).delete()
    Skill.objects.filter(name=desk.SKILL, resources=None, incident_types=None).delete()
    unused = WorkOrderType.objects.filter(name__in=[name for name, _excluded in company.WORK_ORDER_TYPES])
    of_orders = WorkOrder.objects.filter(
        work_order_type__name__in=[name for name, _excluded in company.WORK_ORDER_TYPES]
    )
    of_services = IncidentType.objects.exclude(default_work_order_type=None)
    unused = unused.exclude(pk__in=of_orders.values("work_order_type"))
    unused.exclude(pk__in=of_services.values("default_work_order_type")).delete()


# --- What is left -----------------------------------------------------------------------------------------------------
def _reset(record: PortalSettings) -> None:
    """Take back what the demo itself wrote into the settings, where it is still that; every other setting stays."""
    has_demo_name = demo_marks.has_demo_name(record)
    for name, value in company.SETTINGS.items():
        # A company with a name of its own may well be in the demo's zone.
        if getattr(record, name) == value and (name != "time_zone" or has_demo_name):
            setattr(record, name, getattr(PortalSettings(), name))
    record.checklist_put_away_at = None
    record.save()


def _make_admin(user: User) -> None:
    user.is_staff = user.is_active = True
    user.save(update_fields=["is_staff", "is_active"])
    user.groups.add(Group.objects.get(name="admin"))
