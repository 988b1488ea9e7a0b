"""A company for a week: its technicians, dispatchers and customers do what such people do, by the product's verbs."""

import datetime as dt
import random
import uuid
from collections.abc import Callable
from typing import Any

import time_machine

from bookings.admin.imports import carry_out
from bookings.availability import free_times
from bookings.models import (
    Booking,
    BookingError,
    BookingImport,
    BookingStatus,
    Change,
    CustomerNote,
    Feedback,
    IncidentType,
    Tap,
    TapVerb,
    Via,
    Wish,
)
from bookings.schedule_files import Origin, import_bookings
from bookings.self_service import verbs
from bookings.tasks import sweep_if_due, work_out_arrivals
from bookings.tell_now import tell_now
from fsportal.models import Contact, PortalSettings, User
from notifications.customers import outbox
from notifications.models import CustomerNotification
from notifications.tasks import deliver_due, expire_app_notifications, look_after_cards
from tests.bookings.schedule_files.files import csv_of, numbered
from tests.bookings.week.bells import Bells
from tests.bookings.week.luck import Luck
from tests.bookings.week.providers import ChoosyMail, ChoosyTexts
from tests.factories import (
    AccountFactory,
    ContactFactory,
    IncidentTypeFactory,
    ResourceFactory,
    UserFactory,
    WorkOrderFactory,
    WorkOrderTypeFactory,
)

S = BookingStatus
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
STEP, NIGHT_STEP = 10 * MINUTE, 2 * HOUR
VISITS_A_DAY, TECHNICIANS, ACCOUNTS = 40, 6, 30
ON_CALL = "oncall@example.com"


class Company:
    """Everybody in it. All that happens by chance comes from one number."""

    def __init__(self, number: int, clock: time_machine.Coordinates, mail: ChoosyMail, texts: ChoosyTexts) -> None:
        self.number, self.clock, self.mail, self.texts = number, clock, mail, texts
        self.chance = random.Random(number)
        self.now = dt.datetime.now(dt.UTC)
        self.log: list[str] = []
        #: Taps made without a connection, and when they come in.
        self._late_taps: list[tuple[dt.datetime, Tap]] = []
        self._files = 0
        self._hire()
        self._win_customers()
        self.bells, self.luck = Bells(self.chance, self.dispatchers), Luck(self.chance, mail, texts, STEP)

    def _hire(self) -> None:
        self.dispatchers: list[User] = [
            UserFactory(username=f"dispatcher{n}", is_staff=True, groups=["dispatcher"]) for n in (1, 2)
        ]
        on_call = UserFactory(username="oncall", email=ON_CALL, is_staff=True, groups=["dispatcher"])
        self.service: IncidentType = IncidentTypeFactory(
            name="Boiler inspection",
            is_offered=True,
            cutoff_hours=2,
            default_work_order_type=WorkOrderTypeFactory(name="Inspection"),
        )
        self.technicians = [
            ResourceFactory(name=f"Technician {n}", user=UserFactory(username=f"technician{n}", groups=["technician"]))
            for n in range(TECHNICIANS)
        ]
        portal_settings = PortalSettings.load()
        portal_settings.company_name = "Contoso"
        portal_settings.self_scheduling, portal_settings.min_lead_days = True, 0
        portal_settings.reminder_lead_days, portal_settings.max_lead_days = 7, 3
        portal_settings.save()
        portal_settings.on_call.set([on_call])

    def _win_customers(self) -> None:
        self.contacts: list[Contact] = []
        for number in range(ACCOUNTS):
            zone = self.chance.choice(["Europe/London", "Europe/London", "Europe/Berlin"])
            contact: Contact = ContactFactory(
                account=AccountFactory(name=f"Account {number}", time_zone=zone),
                name=f"Customer {number}",
                email=f"customer{number}@example.com" if self.chance.random() < 0.9 else "",
                mobile_phone=f"+4420794{60100 + number}" if self.chance.random() < 0.8 else "",
            )
            self.contacts.append(contact)
            if self.chance.random() < 0.12:
                self.mail.unknown.add(contact.email)
            if self.chance.random() < 0.12:
                self.texts.unknown.add(contact.mobile_phone)
            elif self.chance.random() < 0.1:
                self.texts.unsure.add(contact.mobile_phone)

    # --- Time ---------------------------------------------------------------------------------------------------------
    def live_through(self, day: dt.datetime, look: Callable[[], None], until: dt.timedelta = 19 * HOUR) -> None:
        """Live from the evening before `day` (midnight, UTC) on; `look` is called every hour."""
        self._move_to(day - 5 * HOUR)
        self._plan(day)
        while self.now < day + until:
            is_night = self.now < day + 6 * HOUR
            if not is_night:
                self._something_happens()
            self.work()
            if self.now.minute < 10:
                look()
            self._move_to(self.now + (NIGHT_STEP if is_night else STEP))
        self._close_the_day()
        self.work()
        look()

    def _move_to(self, moment: dt.datetime) -> None:
        self.now = moment
        self.clock.move_to(moment)

    def work(self) -> None:
        """Do what the worker does every minute."""
        sweep_if_due()
        deliver_due()
        work_out_arrivals()
        look_after_cards()
        expire_app_notifications()

    def _something_happens(self) -> None:
        chance = self.chance
        self._taps()
        self.luck.outages()
        self.luck.reports(self.now)
        for people, most in ((self._of_dispatchers, 3), (self._of_customers, 2)):
            for _time in range(chance.randrange(most + 1)):
                chance.choice(people())()
        for _time in range(chance.randrange(3)):
            self.bells.something_happens(self.now)

    def _of_dispatchers(self) -> list[Callable[[], None]]:
        return [
            *[self._book, self._move, self._move, self._hand_over, self._cancel, self._reopen, self._tell_now],
            *[self._answer, self._answer, self._see_to_rating, self._send_again, self._start_over, self._file],
        ]

    def _of_customers(self) -> list[Callable[[], None]]:
        return [self._book_online, self._move_online, self._cancel_online, self._ask, self._ask, self._rate, self._rate]

    def note(self, *words: object) -> None:
        self.log.append(f"{self.now:%a %H:%M} " + " ".join(str(word) for word in words))

    # --- The next day's visits ----------------------------------------------------------------------------------------
    def _plan(self, day: dt.datetime) -> None:
        starts = [day + 7 * HOUR + slot * 80 * MINUTE for slot in range(-(-VISITS_A_DAY // TECHNICIANS))]
        slots = [(resource, start) for start in starts for resource in self.technicians][:VISITS_A_DAY]
        self.chance.shuffle(slots)
        self._import(slots[:15])
        for resource, start in slots[15:]:
            self._schedule(self.chance.choice(self.contacts), resource, start)

    def _schedule(self, contact: Contact, resource: Any, start: dt.datetime) -> None:
        order = WorkOrderFactory(
            account=contact.account,
            reported_by=contact,
            incident_type=self.service,
            work_order_type=self.service.default_work_order_type,
        )
        Booking.schedule(
            work_order=order, resource=resource, start=start, end=start + HOUR, change=self._change(self._dispatcher())
        )

    def _import(self, slots: list[tuple[Any, dt.datetime]]) -> None:
        rows = []
        for resource, start in slots:
            self._files += 1
            rows.append(self._row(self.chance.choice(self.contacts), resource, start, self._files))
        self._bring(rows)

    def _row(self, contact: Contact, resource: Any, start: dt.datetime, number: int, **more: Any) -> dict[str, Any]:
        account, form = contact.account, "%Y-%m-%dT%H:%M:%SZ"
        return numbered(number) | {
            "account": account.name,
            "account_external_id": "",
            "time_zone": account.time_zone,
            "contact_name": contact.name,
            "contact_email": contact.email,
            "contact_phone": contact.mobile_phone,
            "resource": resource.name,
            "start": f"{start:{form}}",
            "end": f"{start + HOUR:{form}}",
            **more,
        }

    def _bring(self, rows: list[dict[str, Any]]) -> None:
        """Bring a file as the page of imports does."""
        by, content = self._dispatcher(), csv_of(*rows)
        name = f"{self.now:%a-%H-%M}.csv"
        preview = import_bookings(content, Origin(name, by), dry_run=True)
        assert not preview.errors, preview.errors
        stored = BookingImport.objects.create(file_name=name, content=content, uploaded_by=by, uploaded_at=self.now)
        carry_out(stored, by, preview.fingerprint())

    # --- Technicians --------------------------------------------------------------------------------------------------
    def _taps(self) -> None:
        for at, tap in [*self._late_taps]:
            if at <= self.now:
                self._late_taps.remove((at, tap))
                self._make(tap)
        near = Booking.objects.filter(start__lt=self.now + HOUR, start__gt=self.now - 9 * HOUR)
        for visit in near.select_related("resource").order_by("start", "work_order__number"):
            verb = self._next_tap(visit)
            if verb is not None:
                self._tap(visit, verb)

    def _next_tap(self, visit: Booking) -> TapVerb | None:
        """Return what the technician taps, if anything; most go on as they should, a few forget it, or slip."""
        luck, begins = self.chance.random(), visit.start - 30 * MINUTE
        likely: dict[int, list[tuple[float, TapVerb]]] = {
            S.SCHEDULED: [(0.3, TapVerb.TRAVEL), (0.05, TapVerb.LATE), (0.05, TapVerb.START), (0.01, TapVerb.COMPLETE)],
            S.TRAVELING: [(0.3, TapVerb.START), (0.06, TapVerb.LATE), (0.04, TapVerb.TURN_BACK), (0.03, TapVerb.PAUSE)],
            S.ON_BREAK: [(0.4, TapVerb.START)],
            S.IN_PROGRESS: [(0.2, TapVerb.COMPLETE), (0.03, TapVerb.PAUSE)],
            S.COMPLETED: [(0.02, TapVerb.REOPEN)],
        }
        if visit.status == S.SCHEDULED and self.now < begins:
            return None
        for chance, verb in likely.get(visit.status, []):
            luck -= chance
            if luck < 0:
                return verb
        return None

    def _tap(self, visit: Booking, verb: TapVerb) -> None:
        minutes = self.chance.choice([15, 30, 60]) if verb == TapVerb.LATE else None
        tap = Tap(id=uuid.uuid4(), booking=visit, verb=verb, minutes=minutes, made_at=self.now)
        tap.user_id, tap.is_sure = visit.resource.user_id, True
        if self.chance.random() < 0.15:
            self._late_taps.append((self.now + self.chance.randrange(1, 19) * STEP, tap))
        else:
            self._make(tap)

    def _make(self, tap: Tap) -> None:
        try:
            tap.make()
        except Booking.DoesNotExist:
            return
        self.note("tap", tap.verb, tap.outcome, tap.made_at.strftime("%H:%M"), tap.booking_id)

    # --- Dispatchers --------------------------------------------------------------------------------------------------
    def _dispatcher(self) -> User:
        return self.chance.choice(self.dispatchers)

    def _change(self, by: User | None = None, via: Via = Via.ADMIN) -> Change:
        return Change(by=by or self._dispatcher(), via=via, quiet=self.chance.random() < 0.08)

    def _some(self, rows: Any) -> Any:
        """Return one of these records by chance, or None; `rows` is in an order that does not depend on keys."""
        found = list(rows)
        return self.chance.choice(found) if found else None

    def _visit(self, *statuses: int, **where: Any) -> Booking | None:
        near = Booking.objects.with_visit().filter(status__in=statuses, end__gt=self.now - DAY, **where)
        found: Booking | None = self._some(near.order_by("start", "work_order__number"))
        return found

    def _do(self, visit: Booking | None, what: str, verb: Callable[[Booking], object]) -> None:
        if visit is None:
            return
        try:
            verb(visit)
            self.note(what, visit.pk, visit.get_status_display())
        except BookingError as refused:
            self.note(what, visit.pk, "refused:", refused)

    def _soon(self) -> dt.datetime:
        ahead = self.chance.choice([HOUR, 3 * HOUR, 5 * HOUR, DAY, 2 * DAY])
        return (self.now + ahead).replace(minute=0, second=0, microsecond=0)

    def _book(self) -> None:
        self._schedule(self.chance.choice(self.contacts), self.chance.choice(self.technicians), self._soon())

    def _move(self) -> None:
        start = self._soon()
        self._do(self._visit(S.SCHEDULED), "move", lambda visit: visit.reschedule(start, change=self._change()))

    def _hand_over(self) -> None:
        other = self.chance.choice(self.technicians)
        self._do(self._visit(S.SCHEDULED, S.TRAVELING), "assign", lambda visit: visit.assign(other, self._change()))

    def _cancel(self) -> None:
        self._do(self._visit(S.SCHEDULED, S.TRAVELING), "cancel", lambda visit: visit.cancel(self._change()))

    def _reopen(self) -> None:
        self._do(self._visit(S.COMPLETED, S.CANCELED), "reopen", lambda visit: visit.reopen(self._change()))

    def _start_over(self) -> None:
        """Cancel and reopen by mistake: the customer is told something in between, or not."""
        self._cancel()
        if self.chance.random() < 0.5:
            self.work()
        self._do(self._visit(S.CANCELED), "reopen", lambda visit: visit.reopen(self._change()))

    def _tell_now(self) -> None:
        self._do(self._visit(S.SCHEDULED), "tell now", lambda visit: tell_now(visit, by=self._dispatcher()))

    def _answer(self) -> None:
        note = self._some(CustomerNote.objects.filter(handled_at=None).order_by("written_at"))
        if note is not None:
            note.see_to(by=self._dispatcher())

    def _see_to_rating(self) -> None:
        feedback = self._some(Feedback.objects.filter(handled_at=None, rating__lte=2).order_by("given_at"))
        if feedback is not None:
            feedback.see_to(by=self._dispatcher())

    def _send_again(self) -> None:
        """Send a message again after the address was put right, or without that."""
        failed = CustomerNotification.objects.unsettled().exclude(contact=None)
        message = self._some(failed.order_by("created_at", "channel", "contact__name"))
        if message is None:
            return
        if self.chance.random() < 0.7:
            self.mail.unknown.discard(message.contact.email)
            self.texts.unknown.discard(message.contact.mobile_phone)
        try:
            outbox.send_again(message, by=self._dispatcher())
            self.note("send again", message, message.regarding_id)
        except ValueError:
            return

    def _file(self) -> None:
        """Import one new row, and one that moves, cancels or completes a visit of an earlier file."""
        rows = []
        known = self._visit(S.SCHEDULED, external_id__isnull=False)
        if known is not None and known.reported_by is not None and known.external_id is not None:
            number, status = int(known.external_id[2:]), self.chance.choice(["Scheduled", "Canceled", "Completed"])
            rows.append(self._row(known.reported_by, known.resource, self._soon(), number, status=status))
        self._files += 1
        rows.append(
            self._row(
                self.chance.choice(self.contacts), self.chance.choice(self.technicians), self._soon(), self._files
            )
        )
        self._bring(rows)

    def _close_the_day(self) -> None:
        """In the evening somebody goes through what nobody has closed; a few are forgotten."""
        for visit in Booking.objects.active().filter(end__lt=self.now).order_by("start", "work_order__number"):
            if self.chance.random() < 0.8:
                verb = visit.complete if self.chance.random() < 0.7 else visit.cancel
                verb(self._change())

    # --- Customers ----------------------------------------------------------------------------------------------------
    def _theirs(self, *statuses: int) -> tuple[Booking | None, dict[str, Any]]:
        visit = self._visit(*statuses)
        return visit, {"contact": visit.reported_by, "by": None, "why": "", "now": self.now} if visit else {}

    def _book_online(self) -> None:
        contact = self.chance.choice(self.contacts)
        portal_settings = PortalSettings.load()
        times = free_times.times_to_book(self.service, contact.account, self.now, portal_settings=portal_settings)
        if times:
            at, details = self.chance.choice(times[:40]), self.chance.choice(["", "The dog bites."])
            booked = verbs.book(contact, self.service, at, by=None, details=details, now=self.now)
            self.note("booked online", booked.pk)

    def _move_online(self) -> None:
        visit, who = self._theirs(S.SCHEDULED)
        times = free_times.times_to_move(visit, self.now, portal_settings=PortalSettings.load()) if visit else []
        if times:
            to = self.chance.choice(times[:40])
            self._do(visit, "moved online", lambda visit: verbs.change_time(visit, to, **who))

    def _cancel_online(self) -> None:
        visit, who = self._theirs(S.SCHEDULED)
        self._do(visit, "canceled online", lambda visit: verbs.cancel(visit, **who))

    def _ask(self) -> None:
        visit, who = self._theirs(S.SCHEDULED, S.TRAVELING, S.IN_PROGRESS)
        wish, text = self.chance.choice(list(Wish)), f"Please! {self.chance.randrange(10**6)}"
        self._do(visit, f"asked {wish}", lambda visit: verbs.ask(visit, contact=who["contact"], wish=wish, text=text))

    def _rate(self) -> None:
        visit, who = self._theirs(S.COMPLETED)
        self._do(visit, "rated", lambda visit: verbs.rate(visit, who["contact"], self.chance.randrange(1, 6), "Hm"))
