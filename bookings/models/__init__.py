"""Work orders, bookings and their codes; technicians, taps, positions, trackers; notes and feedback; imports."""

from bookings.models.booking import Booking, BookingQuerySet, VerbDone
from bookings.models.bulk import BulkChange, BulkOutcome, BulkRow, BulkVerb
from bookings.models.codes import BookingNotificationCode
from bookings.models.confirmation import UNANSWERED, AnsweredBy, CustomerAnswer
from bookings.models.customer_notes import CustomerNote, Wish
from bookings.models.errors import AskFirst, BookingError, NotAllowed, StaleBooking
from bookings.models.feedback import Feedback
from bookings.models.feeds import CalendarFeed
from bookings.models.geocoded import GeocodedAddress
from bookings.models.history import BY_SYSTEM, HOLD, BookingChange, Change, Verb, Via
from bookings.models.imports import BookingImport
from bookings.models.numbers import NumberSeries
from bookings.models.positions import Mark, Position, Route, Tracker
from bookings.models.reminders import Reminder
from bookings.models.resources import Resource, Team
from bookings.models.series import Occurrence, Series
from bookings.models.status import BookingStatus
from bookings.models.taps import Tap, TapOutcome, TapVerb
from bookings.models.time_off import Absence, AbsenceKind, SpecialDay
from bookings.models.visit_count import VisitCount
from bookings.models.work import IncidentType, Skill, WorkOrder, WorkOrderType

__all__ = [
    "BY_SYSTEM",
    "HOLD",
    "UNANSWERED",
    "Absence",
    "AbsenceKind",
    "AnsweredBy",
    "AskFirst",
    "Booking",
    "BookingChange",
    "BookingError",
    "BookingImport",
    "BookingNotificationCode",
    "BookingQuerySet",
    "BookingStatus",
    "BulkChange",
    "BulkOutcome",
    "BulkRow",
    "BulkVerb",
    "CalendarFeed",
    "Change",
    "CustomerAnswer",
    "CustomerNote",
    "Feedback",
    "GeocodedAddress",
    "IncidentType",
    "Mark",
    "NotAllowed",
    "NumberSeries",
    "Occurrence",
    "Position",
    "Reminder",
    "Resource",
    "Route",
    "Series",
    "Skill",
    "SpecialDay",
    "StaleBooking",
    "Tap",
    "TapOutcome",
    "TapVerb",
    "Team",
    "Tracker",
    "Verb",
    "VerbDone",
    "Via",
    "VisitCount",
    "Wish",
    "WorkOrder",
    "WorkOrderType",
]
