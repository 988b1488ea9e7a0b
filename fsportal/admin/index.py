"""Groups, pages and addresses of the Settings area. The only module of this package that may import from every app."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bookings.admin import day_map, free_message, today
from bookings.admin.board import move_page, panel
from bookings.admin.board import page as board
from bookings.admin.new_visit import page as new_visit
from fsportal.admin.site import COUNTED_TO, Endpoint, IndexGroup, IndexPage
from notifications.admin import health, send_test_message
from notifications.customers import holding
from notifications.models import CustomerNotification

TODAY = IndexPage(
    "today",
    _("Today"),
    _("Who is where, what is late, what customers ask, who has not been told, what could not be delivered."),
    "bookings.view_booking",
    today.attention,
)
NEW_VISIT = IndexPage(
    "new-visit",
    _("New visit"),
    _("Book for somebody who calls, known or new: one page, with the next free times."),
    new_visit.MAY_BOOK,
)
BOARD = IndexPage(
    "board",
    _("Board"),
    _("A lane for each technician: what is planned, what waits to be planned, and what stands against it."),
    board.MAY_SEE,
)
DAY_MAP = IndexPage(
    "day-map",
    _("Map of the day"),
    _("Where each technician was last seen, what they are at, what is next, and whether that is late."),
    day_map.MAY_SEE,
)
HEALTH = IndexPage(
    "health",
    _("Health"),
    _("Worker, queue, scheduled runs, and how email and SMS are connected."),
    "notifications.view_customernotification",
    health.attention,
)

GROUPS = [
    IndexGroup("today", _("Today"), (TODAY, BOARD, NEW_VISIT, DAY_MAP)),
    IndexGroup(
        "bookings",
        _("Bookings"),
        models=(
            ("bookings.Booking", ""),
            ("bookings.Series", ""),
            ("bookings.WorkOrder", ""),
            ("bookings.Resource", ""),
            ("bookings.Absence", ""),
            ("bookings.Team", ""),
            ("bookings.Skill", ""),
            ("bookings.Tracker", ""),
            ("bookings.CalendarFeed", ""),
            ("bookings.Position", ""),
            ("bookings.IncidentType", ""),
            ("bookings.WorkOrderType", ""),
            ("bookings.BookingImport", ""),
            ("bookings.BulkChange", ""),
            ("bookings.CustomerNote", ""),
        ),
    ),
    IndexGroup(
        "customer-portal",
        _("Customer Portal"),
        models=(
            ("fsportal.PortalSettings", _("Settings")),
            ("notifications.CustomerNotification", _("Notifications")),
            ("notifications.Conversation", _("Conversations")),
            ("notifications.StaffMessage", _("Free messages")),
            ("notifications.MessageTemplate", _("Messages")),
            ("bookings.BookingNotificationCode", _("Booking Notification Codes")),
            ("fsportal.Contact", _("Contacts")),
            ("fsportal.Account", _("Accounts")),
            ("portal.Invitation", _("Invitations")),
            ("portal.Redemption", _("Redemptions")),
            ("portal.InvitedAddress", _("Invited addresses")),
            ("portal.WebRole", _("Web Roles")),
            ("bookings.Feedback", _("Feedback")),
        ),
    ),
    IndexGroup(
        "in-app",
        _("In-app notifications"),
        models=(("notifications.AppNotification", ""), ("notifications.UploadedIcon", "")),
    ),
    IndexGroup(
        "people",
        _("People and access"),
        models=(
            ("fsportal.User", ""),
            ("auth.Group", ""),
            ("fsportal.BusinessUnit", ""),
            ("fsportal.ApiToken", ""),
            ("fsportal.AuditEntry", ""),
        ),
    ),
    IndexGroup("health", _("Health"), (HEALTH,)),
]

ENDPOINTS = [
    Endpoint("today/", "today", today.page),
    Endpoint("visits/new/", "new-visit", new_visit.page),
    Endpoint("today/past-days/", "past-days", today.past_days, bare=True),
    Endpoint("board/", "board", board.page),
    Endpoint("board/now/", "board-now", board.part),
    Endpoint("board/move/", "board-move", move_page.move),
    Endpoint("board/undo/", "board-undo", move_page.undo_page),
    Endpoint("board/visit/", "board-visit", panel.panel),
    Endpoint("map/", "day-map", day_map.page),
    Endpoint("map/now/", "day-map-now", day_map.now),
    Endpoint("contacts/<uuid:pk>/write/", "write-to-contact", free_message.of_contact, bare=True),
    Endpoint("health/", "health", health.page),
    Endpoint("test-email/", "test-email", send_test_message.test_email, bare=True),
    Endpoint("test-sms/", "test-sms", send_test_message.test_sms, bare=True),
]


def notices(request: HttpRequest) -> dict[str, Any]:
    """Return how many messages need attention, for those who may see messages."""
    if not request.user.has_perm("notifications.view_customernotification"):
        return {}
    return {
        "undelivered": CustomerNotification.objects.unsettled().order_by()[: COUNTED_TO + 1].count(),
        "held": holding.held()[: COUNTED_TO + 1].count(),
    }
