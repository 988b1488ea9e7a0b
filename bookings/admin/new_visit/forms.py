"""The form of *New visit*. It is always bound: each answer keeps what was typed, and adds what follows from it."""

import datetime as dt
import uuid
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Case, QuerySet, When
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin.forms import WallTimeField, at_site
from bookings.admin.new_visit import find, times
from bookings.admin.new_visit.place import PlaceFields
from bookings.admin.window_fields import take_window, window_fields
from bookings.availability.conflicts import Conflict, ConflictKind, Proposal, conflicts
from bookings.availability.free_times import FreeTime
from bookings.models import Change, IncidentType, Resource, Via, WorkOrder
from bookings.models.window import BY_SERVICE
from bookings.new_visits import NewVisit
from fsportal.lib import phones, zones
from fsportal.lib.text import validate_no_control
from fsportal.models import Account, Contact, PortalSettings, Site, User
from fsportal.settings_area.phones import WRITTEN_AT_MOST, company_country

NEW, TYPED, LATER = "new", "typed", "later"
LONGEST = 24 * 60
#: The latest work orders, by which services are in order.
LATEST = 100
#: An error that only says that something is missing: whoever has not finished needs not be told.
MISSING = "required"


class NewVisitForm(PlaceFields):
    """Who, what, where, when, and what is said about it."""

    data: QueryDict
    token = forms.UUIDField(widget=forms.HiddenInput)
    #: What was taken over from the search into the fields of a new customer, so that it follows the search.
    taken = forms.CharField(required=False, widget=forms.HiddenInput)
    order = forms.UUIDField(required=False, widget=forms.HiddenInput)
    #: Whether the work order waited to be planned when the page was opened.
    waits = forms.BooleanField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(
        label=gettext_lazy("Find the customer"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Name, phone number, email, street or account."),
    )
    customer = forms.CharField(required=False)
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=200, validators=[validate_no_control])
    phone = forms.CharField(
        label=gettext_lazy("Mobile phone"),
        required=False,
        max_length=WRITTEN_AT_MOST,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    email = forms.EmailField(label=gettext_lazy("Email"), required=False)
    no_way = forms.BooleanField(label=gettext_lazy("There is no way to reach this customer"), required=False)
    all_the_same = forms.BooleanField(label=gettext_lazy("This is somebody else: make a new contact"), required=False)
    company = forms.CharField(
        label=gettext_lazy("Company"),
        required=False,
        max_length=200,
        validators=[validate_no_control],
        help_text=gettext_lazy("Empty for a household: the account has the person’s name."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of messages"), choices=settings.LANGUAGES)
    service = forms.ModelChoiceField(
        label=gettext_lazy("Service"),
        queryset=IncidentType.objects.none(),
        empty_label=None,
        error_messages={"required": gettext_lazy("Choose what is to be done.")},
    )
    length = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        required=False,
        min_value=1,
        max_value=LONGEST,
        help_text=gettext_lazy("Empty: as the service says."),
    )
    when = forms.CharField(required=False)
    start = WallTimeField(label=gettext_lazy("Start"), required=False)
    resource = forms.ModelChoiceField(
        label=gettext_lazy("Technician"), queryset=Resource.objects.filter(is_active=True), required=False
    )
    despite = forms.CharField(required=False)
    why = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=500)
    notes = forms.CharField(
        label=gettext_lazy("Words for the technician"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Customers do not see them."),
    )
    tell = forms.BooleanField(
        label=gettext_lazy("Tell the customer"),
        required=False,
        help_text=gettext_lazy("Otherwise only the visit’s ordinary reminder goes."),
    )

    def __init__(self, asked: QueryDict, *, now: dt.datetime, may_add: bool, more: bool = False) -> None:
        self.now, self.may_add, self.more = now, may_add, more
        self.portal_settings = PortalSettings.load()
        self.company_country = company_country(self.portal_settings)
        super().__init__(asked.copy())
        self.fields |= window_fields()
        self.fields["service"].queryset = _services()  # type: ignore[attr-defined]
        self.account: Account | None = None
        self.contact: Contact | None = None
        self.work_order: WorkOrder | None = None
        self.time: FreeTime | None = None
        self.conflicts: list[Conflict] = []
        self.same: list[find.CustomerFound] = []
        self._fill_in()

    # --- What a fresh page has, and what follows from the search ------------------------------------------------------
    def _fill_in(self) -> None:
        data, is_fresh = self.data, not self.data.get("token")
        if is_fresh:
            data["token"], data["tell"] = str(uuid.uuid4()), "on"
            data["waits"] = "on" if self.planned_order and self.planned_order.waits_since else ""
        self._default("country", self.company_country)
        self._default("language", settings.LANGUAGE_CODE.partition("-")[0])
        self._default("service", lambda: getattr(self.fields["service"].queryset.first(), "pk", ""))  # type: ignore[attr-defined]
        self.finding = find.find(data.get("q", ""), self.company_country)
        self._choose()

    def _default(self, name: str, value: Any) -> None:
        if not self.data.get(name):
            self.data[name] = str(value() if callable(value) else value)

    def _choose(self) -> None:
        """Choose what the search leaves no doubt about, unless somebody has chosen."""
        data, found, text = self.data, self.finding, self.data.get("q", "").strip()
        taken = data.get("taken", "")
        if data.get("customer") == NEW and taken and taken != text and found.customers:
            data["customer"] = ""  # nobody had been found for the beginning of it
        if not data.get("customer") and text:
            if found.is_exact and len(found.customers) == 1:
                data["customer"] = found.customers[0].value
            elif not found.customers and self.may_add and len(text) >= find.SHORTEST:
                data["customer"] = NEW
        if data.get("customer") == NEW and text:
            self._take_over(text, taken)

    def _take_over(self, text: str, taken: str) -> None:
        name = "phone" if self.finding.phone else "email" if "@" in text else "name"
        for field in ("name", "phone", "email"):
            if taken and self.data.get(field) == taken:
                self.data[field] = ""
        if not self.data.get(name):
            self.data[name], self.data["taken"] = text, text

    @property
    def token_sent(self) -> uuid.UUID | None:
        return _uuid(self.data.get("token", ""))

    # --- Who ----------------------------------------------------------------------------------------------------------
    @cached_property
    def planned_order(self) -> WorkOrder | None:
        """Return the work order that is to be planned, if the page was opened for one."""
        pk = _uuid(self.data.get("order", ""))
        with_people = WorkOrder.objects.select_related(
            "account__primary_contact", "reported_by", "incident_type", "work_order_type"
        )
        return with_people.filter(pk=pk).first() if pk else None

    @cached_property
    def chosen(self) -> find.CustomerFound | None:
        return find.by_value(self.data.get("customer", ""))

    @property
    def is_new_customer(self) -> bool:
        return bool(self.data.get("customer") == NEW and self.may_add)

    @property
    def customers(self) -> list[find.CustomerFound]:
        """Return the customers to choose from: who was found, and who is chosen."""
        listed = [*self.finding.customers, *(one for one in self.same if one not in self.finding.customers)]
        values = [one.value for one in listed]
        return listed if self.chosen is None or self.chosen.value in values else [self.chosen, *listed]

    def clean(self) -> dict[str, Any]:
        if self.planned_order is not None:
            self.work_order = self.planned_order
        else:
            self._clean_customer()
            if self.account is not None:
                self._clean_order(self.account)
        self._clean_time()
        return self.cleaned_data

    def _missing(self, field: str | None, words: str) -> None:
        self.add_error(field, ValidationError(words, code=MISSING))

    def _clean_customer(self) -> None:
        if self.is_new_customer:
            self._clean_new_customer()
        elif self.chosen is not None:
            self.account, self.contact = self.chosen.account, self.chosen.contact
        else:
            self._missing("q", _("Find the customer and choose them, or make a new one."))

    def _clean_new_customer(self) -> None:
        data = self.cleaned_data
        name, company = data.get("name", ""), data.get("company", "")
        if not name and "name" not in self.errors:
            self._missing("name", _("Write the customer’s name."))
        self._clean_ways(data)
        self.account = Account(name=company or name, time_zone="UTC")
        self.contact = Contact(
            account=self.account,
            name=name,
            email=data.get("email", ""),
            mobile_phone=data.get("phone", ""),
            language=data.get("language") or "en",
        )
        self.account.primary_contact = self.contact

    def _clean_ways(self, data: dict[str, Any]) -> None:
        if written := data.get("phone"):
            data["phone"] = ""
            try:
                data["phone"] = phones.to_e164_of_person(written, data.get("country") or self.company_country)
            except ValueError as error:
                self.add_error("phone", str(error))
        phone, email = data.get("phone", ""), data.get("email", "")
        if not (phone or email or data.get("no_way") or self.errors.keys() & {"phone", "email"}):
            self._missing("phone", _("Write a phone number or an email address, or say that there is none."))
        self.same = find.with_way(phone, email)
        if self.same and not data.get("all_the_same"):
            self._refuse_same(self.same[0], phone)

    def _refuse_same(self, same: find.CustomerFound, phone: str) -> None:
        assert same.contact is not None
        by_phone = bool(phone) and same.contact.mobile_phone == phone
        words = (
            _("There is a contact with this phone number: %(name)s. Choose them above, or say that this is another.")
            if by_phone
            else _(
                "There is a contact with this email address: %(name)s. Choose them above, or say that this is another."
            )
        )
        self.add_error("phone" if by_phone else "email", words % {"name": same.contact.name})

    # --- What and where -----------------------------------------------------------------------------------------------
    def _clean_order(self, account: Account) -> None:
        kind = self.cleaned_data.get("service")
        if kind is None:
            return
        order = WorkOrder(
            id=self.cleaned_data.get("token") or uuid.uuid4(),
            account=account,
            incident_type=kind,
            work_order_type=kind.default_work_order_type,
            reported_by=self.contact,
            notes=self.cleaned_data.get("notes", ""),
        )
        self.put_place(order)
        self.work_order = order

    @property
    def minutes(self) -> int:
        typed: int | None = self.cleaned_data.get("length")
        if typed:
            return typed
        kind = self.work_order.incident_type if self.work_order else self.cleaned_data.get("service")
        return kind.duration_minutes if kind else 60

    # --- When ---------------------------------------------------------------------------------------------------------
    @property
    def zone_name(self) -> str:
        return self.work_order.zone_name if self.work_order else self.portal_settings.time_zone

    @property
    def zone_label(self) -> str:
        return zones.plain_label(self.zone_name, translation.get_language() or "en")

    @property
    def chosen_when(self) -> str:
        chosen: str = self.data.get("when", "")
        return TYPED if not chosen and self.data.get("start") else chosen

    def _clean_time(self) -> None:
        length = dt.timedelta(minutes=self.minutes)
        if self.chosen_when == TYPED:
            self.time = self._typed_time(length)
        elif self.chosen_when == LATER:
            pass
        elif self.chosen_when:
            self.time = FreeTime.named(self.chosen_when, length)
            if self.time is None:
                self._missing("when", _("This time cannot be read. Choose one of those below."))
        else:
            self._missing("when", _("Choose a time, type one, or leave it for later."))
        take_window(self, self.time.start if self.time else None, self.zone_name)
        if self.time is not None and self.work_order is not None:
            self._clean_conflicts(self.time)

    def _typed_time(self, length: dt.timedelta) -> FreeTime | None:
        resource = self.cleaned_data.get("resource")
        start = at_site(self, "start", self.zone_name) if "start" not in self.errors else None
        if start is None and "start" not in self.errors:
            self._missing("start", _("Write day and time."))
        if resource is None and "resource" not in self.errors:
            self._missing("resource", _("Choose who comes."))
        return FreeTime(start, start + length, resource) if start and resource else None

    def _clean_conflicts(self, time: FreeTime) -> None:
        assert self.work_order is not None
        if time.end <= self.now or (self.planned_order is not None and self._is_booked(self.planned_order, time)):
            return  # it is over, or an earlier click has booked it
        self.conflicts = conflicts(Proposal(time.resource, self.work_order, time.start, time.end))
        if any(conflict.kind not in self.accepted for conflict in self.conflicts):
            self._missing("despite", _("Something stands against this time. Choose another one, or book all the same."))
        elif self.conflicts and not self.cleaned_data.get("why"):
            self._missing("why", _("Say why it is booked all the same."))

    def _is_booked(self, order: WorkOrder, time: FreeTime) -> bool:
        return order.bookings.active().filter(resource=time.resource, start=time.start).exists()

    @property
    def accepted(self) -> list[str]:
        return [kind for kind in self.data.get("despite", "").split() if kind in ConflictKind.values]

    @property
    def has_accepted(self) -> bool:
        return all(conflict.kind in self.accepted for conflict in self.conflicts)

    @cached_property
    def next_times(self) -> list[times.TimeChoice]:
        """Return times to choose from; the chosen one is always among them."""
        order = self.work_order
        if order is None:
            return []
        found = times.next_times(order, dt.timedelta(minutes=self.minutes), self.now, more=self.more)
        chosen = self.time if self.chosen_when not in (TYPED, LATER) else None
        if chosen is not None and chosen.key not in {one.key for one in found}:
            found = sorted([chosen, *found], key=lambda one: one.start)
        return [times.choice(one, order.zone_name, self.chosen_when) for one in found]

    # --- The outcome --------------------------------------------------------------------------------------------------
    def forgive(self) -> None:
        """Keep only the errors of what was typed: nobody has pressed the button yet."""
        for name, errors in list(self.errors.as_data().items()):
            if all(error.code == MISSING for error in errors):
                del self.errors[name]

    def change(self, by: User) -> Change:
        kinds = tuple(dict.fromkeys(str(conflict.kind) for conflict in self.conflicts))
        despite = tuple(kind for kind in kinds if kind in self.accepted)
        why = self.cleaned_data.get("why", "") if despite else ""
        return Change(by=by, via=Via.ADMIN, why=why, quiet=not self.cleaned_data.get("tell"), despite=despite)

    def new_visit(self) -> NewVisit:
        assert self.work_order is not None
        site: Site | None = self.site_to_keep(self.work_order)
        has_to_wait = self.planned_order is not None and self.cleaned_data["waits"]
        if self.time is None:
            return NewVisit(self.work_order, self.contact, site, has_to_wait=has_to_wait)
        return NewVisit(
            self.work_order,
            self.contact,
            site,
            self.time.resource,
            start=self.time.start,
            end=self.time.end,
            window=self.cleaned_data.get("window", BY_SERVICE),
            has_to_wait=has_to_wait,
        )


def _services() -> QuerySet[IncidentType]:
    """Return the services, those of the latest work first."""
    latest = WorkOrder.objects.order_by("-created_at").values_list("incident_type", flat=True)[:LATEST]
    places = {pk: number for number, pk in reversed(list(enumerate(latest)))}
    found = IncidentType.objects.select_related("default_work_order_type")
    if not places:
        return found.order_by("name")  # PostgreSQL would take the rank of all for the number of a column
    rank = Case(*(When(pk=pk, then=number) for pk, number in places.items()), default=LATEST)
    return found.order_by(rank, "name")


def _uuid(value: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(value)
    except ValueError:
        return None
