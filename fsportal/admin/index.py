"""Jobs, pages and addresses of the Settings area, and what needs somebody.

The only module of this package that may import from every app.
"""

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bookings.admin import day_map, finding, free_message, today
from bookings.admin.board import move_page, panel
from bookings.admin.board import page as board
from bookings.admin.new_visit import page as new_visit
from bookings.admin.reports import page as reports
from fsportal.admin import appearance, find_page, first_hour
from fsportal.admin.navigation import Attention
from fsportal.admin.site import COUNTED_TO, Endpoint, IndexGroup, IndexPage
from fsportal.management.demo import own_company
from notifications.admin import finding as finding_messages
from notifications.admin import health, send_test_message
from notifications.customers import holding
from notifications.models import CustomerNotification
from portal.admin import finding as finding_settings
from portal.admin import staff_invitations
from portal.admin.style_guide import page as style_guide

MAY_SEE_MESSAGES = "notifications.view_customernotification"

TODAY = IndexPage(
    "today",
    _("Today"),
    _("Who is where, what is late, what customers ask, who has not been told, what could not be delivered."),
    "bookings.view_booking",
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
    _("Map"),
    _("Where each technician was last seen, what they are at, what is next, and whether that is late."),
    day_map.MAY_SEE,
)
REPORTS = IndexPage(
    "reports",
    _("Reports"),
    _("How punctual visits were and why not, no-shows, answers, ratings, self-service, and messages."),
    reports.MAY_SEE,
)
HEALTH = IndexPage(
    "health",
    _("Health"),
    _("Worker, queue, scheduled runs, and how email and SMS are connected."),
    MAY_SEE_MESSAGES,
)
FIRST_HOUR = IndexPage(
    "first-hour",
    _("First hour"),
    _("What is left to do until customers get their first message."),
    first_hour.MAY_SEE,
)

CUSTOMER_PORTAL, COMPANY = _("Customer Portal"), _("Company")
#: The first list of a job is where it leads to.
GROUPS = [
    IndexGroup("today", _("Today"), "today", pages=(TODAY,)),
    IndexGroup("board", _("Board"), "board", pages=(BOARD,)),
    IndexGroup("map", _("Map"), "map", pages=(DAY_MAP,)),
    IndexGroup(
        "bookings",
        _("Bookings"),
        "bookings",
        pages=(NEW_VISIT,),
        models=(
            ("bookings.Booking", ""),
            ("bookings.Series", ""),
            ("bookings.WorkOrder", ""),
            ("bookings.CustomerNote", _("What customers ask")),
            ("bookings.BookingImport", _("Schedule files")),
            ("bookings.BulkChange", ""),
        ),
    ),
    IndexGroup(
        "customers",
        _("Customers"),
        "customers",
        models=(
            ("fsportal.Contact", _("Contacts")),
            ("fsportal.Account", _("Accounts")),
            ("bookings.Feedback", _("Feedback")),
        ),
    ),
    IndexGroup(
        "technicians",
        _("Technicians"),
        "technicians",
        models=(
            ("bookings.Resource", _("Technicians")),
            ("bookings.Absence", ""),
            ("bookings.Team", ""),
            ("bookings.Skill", ""),
            ("bookings.CalendarFeed", ""),
            ("bookings.Tracker", ""),
            ("bookings.Position", ""),
        ),
    ),
    IndexGroup("reports", _("Reports"), "reports", pages=(REPORTS,)),
    IndexGroup(
        "messages",
        _("Messages"),
        "messages",
        CUSTOMER_PORTAL,
        models=(
            ("notifications.CustomerNotification", _("Notifications")),
            ("notifications.Conversation", _("Conversations")),
            ("notifications.MessageTemplate", _("Templates")),
            ("notifications.StaffMessage", _("Free messages")),
            ("notifications.AppNotification", _("In-app notifications")),
        ),
    ),
    IndexGroup(
        "portal",
        _("Portal"),
        "portal",
        CUSTOMER_PORTAL,
        models=(
            ("bookings.BookingNotificationCode", _("Booking Notification Codes")),
            ("portal.Invitation", _("Invitations")),
            ("portal.Redemption", _("Redemptions")),
            ("portal.InvitedAddress", _("Invited addresses")),
            ("portal.WebRole", _("Web Roles")),
        ),
    ),
    IndexGroup(
        "settings",
        _("Settings"),
        "settings",
        CUSTOMER_PORTAL,
        pages=(FIRST_HOUR,),
        models=(
            ("fsportal.PortalSettings", _("Customer Portal")),
            ("bookings.IncidentType", _("Incident types")),
            ("bookings.WorkOrderType", ""),
            ("notifications.UploadedIcon", _("Icons of notifications")),
        ),
    ),
    IndexGroup(
        "people",
        _("People and access"),
        "people",
        COMPANY,
        models=(
            ("fsportal.User", ""),
            ("auth.Group", _("Roles")),
            ("fsportal.BusinessUnit", ""),
            ("fsportal.ApiToken", ""),
            ("fsportal.AuditEntry", ""),
        ),
    ),
    IndexGroup("health", _("Health"), "health", COMPANY, pages=(HEALTH,)),
]

FIND = [*finding_settings.GROUPS, *finding.GROUPS, *finding_messages.GROUPS]

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
    Endpoint("reports/", "reports", reports.page),
    Endpoint("find/", "find", find_page.page(FIND)),
    Endpoint("contacts/<uuid:pk>/write/", "write-to-contact", free_message.of_contact, bare=True),
    Endpoint("appearance/", "appearance", appearance.keep, bare=True),
    Endpoint("health/", "health", health.page),
    Endpoint("test-email/", "test-email", send_test_message.test_email, bare=True),
    Endpoint("test-sms/", "test-sms", send_test_message.test_sms, bare=True),
    Endpoint("first-hour/", "first-hour", first_hour.page),
    Endpoint("first-hour/put-away/", "first-hour-put-away", first_hour.put_away, bare=True),
    Endpoint("own-company/", "own-company", own_company.page),
    Endpoint("users/invite/", "invite-staff", staff_invitations.page),
    Endpoint("style-guide/", "style-guide", style_guide.page),
]


def _unsettled() -> int:
    return CustomerNotification.objects.unsettled().order_by()[: COUNTED_TO + 1].count()


def _held() -> int:
    return holding.held()[: COUNTED_TO + 1].count()


def _page(name: str, part: str = "") -> Callable[[], str]:
    return lambda: reverse(f"admin:{name}") + part


#: What needs somebody, the most pressing first.
ATTENTION = [
    Attention(
        "health",
        MAY_SEE_MESSAGES,
        health.attention,
        lambda n: ngettext("%(number)d thing is not well", "%(number)d things are not well", n) % {"number": n},
        _page("health"),
        "failed",
        health.silent_number,
    ),
    Attention(
        "today",
        TODAY.permission,
        today.late_number,
        lambda n: ngettext("%(number)d visit is late", "%(number)d visits are late", n) % {"number": n},
        _page("today", "#late-title"),
    ),
    Attention(
        "bookings",
        "bookings.view_customernote",
        today.wishes_number,
        lambda n: (
            ngettext("%(number)d customer asks for something", "%(number)d customers ask for something", n)
            % {"number": n}
        ),
        _page("bookings_customernote_changelist", "?waiting=yes"),
    ),
    Attention(
        "messages",
        MAY_SEE_MESSAGES,
        _held,
        lambda n: (
            ngettext(
                "%(number)d message is held: it may have gone out before the database was restored",
                "%(number)d messages are held: they may have gone out before the database was restored",
                n,
            )
            % {"number": n}
        ),
        _page("notifications_customernotification_changelist", "?held=yes"),
    ),
    Attention(
        "messages",
        MAY_SEE_MESSAGES,
        _unsettled,
        lambda n: (
            ngettext("%(number)d message needs attention", "%(number)d messages need attention", n) % {"number": n}
        ),
        _page("notifications_customernotification_changelist", "?attention=yes"),
        "failed",
    ),
]
