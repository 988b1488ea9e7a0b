"""The subjects into which the settings are divided. Each field belongs to one, and each subject has a page."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

Row = str | tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    slug: str
    title: Any
    #: What the page is for, in a sentence or two.
    description: Any
    rows: tuple[Row, ...]
    #: How its preview can be looked at (looks.py), the first one first.
    looks: tuple[str, ...] = ()
    #: The message in the preview; if it is empty, one chooses.
    event: str = ""
    #: Whether saving may change messages that are to come. If not, `no_effect` says so.
    changes_messages: bool = False
    no_effect: Any = ""
    has_reminders: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for row in self.rows for name in ((row,) if isinstance(row, str) else row))

    @property
    def url_name(self) -> str:
        return f"settings-{self.slug}"

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.url_name}")

    @property
    def preview_url(self) -> str:
        return reverse(f"admin:{self.url_name}-preview")


SUBJECTS = (
    Subject(
        "company",
        _("Company and look"),
        _(
            "These words, colours and pictures show alike on pages, in emails, in the calendar and here; in SMS the"
            " company's name. With delivery live, nothing goes out to customers before it has a name."
        ),
        (
            "company_name",
            "portal_name",
            "time_zone",
            "contact_email",
            "contact_phone",
            "page_title",
            "page_footer",
            "logo",
            "logo_dark",
            "font",
            "foreground_colour",
            "background_colour",
        ),
        looks=("visit", "sign-in", "email", "dark", "sms"),
        event="upcoming",
        changes_messages=True,
    ),
    Subject(
        "messages",
        _("Messages"),
        _("Which messages customers get, on which channels, and whom they go to."),
        (
            "send_invitation",
            "send_booking_confirmed",
            "send_booked",
            "send_upcoming",
            "send_traveling",
            "send_delayed",
            "send_completed",
            "send_rescheduled",
            "send_canceled",
            "send_reopened",
            "communication_type",
            "send_messages_to",
            "fallback_contact",
            "survey_url",
            "review_url",
        ),
        looks=("email", "dark", "sms"),
        changes_messages=True,
    ),
    Subject(
        "reminders",
        _("Reminders"),
        _(
            "When customers are reminded of a visit. What is booked or moved later than its reminder would go is"
            " announced within minutes."
        ),
        (
            "reminder_lead_days",
            "reminder_time",
            "reminder_in_site_zone",
            "repeat_gap_hours",
            "reminder_asks",
            "unconfirmed_card_hours",
        ),
        looks=("reminders", "email", "dark", "sms"),
        event="upcoming",
        changes_messages=True,
        has_reminders=True,
    ),
    Subject(
        "hours",
        _("Hours for messages"),
        _(
            "By the clock at the visit's place. Outside them messages wait, or go before if need be. At any hour go: on"
            " the way, running late, what customers just did themselves, and changes of a visit within hours. No times:"
            " any hour. Holidays are those of the place's country."
        ),
        (
            ("sms_from", "sms_until"),
            ("sms_at_weekends", "sms_on_holidays"),
            ("email_from", "email_until"),
            ("email_at_weekends", "email_on_holidays"),
        ),
        looks=("hours",),
        changes_messages=True,
    ),
    Subject(
        "self-scheduling",
        _("Self Scheduling"),
        _("Whether customers book visits by themselves, and within which limits."),
        (
            "self_scheduling",
            "min_lead_days",
            "min_lead_hours",
            "max_lead_days",
            "asset_choice",
            "additional_details",
            "travel_radius",
            "travel_radius_unit",
        ),
        looks=("booking",),
        no_effect=_("No message changes. Visits that are booked already stay as they are."),
    ),
    Subject(
        "track-my-technician",
        _("Track My Technician"),
        _("What customers see of the technician. It is shown only while the technician is traveling."),
        (
            "track_my_technician",
            "show_map",
            "location_precision",
            "show_resource_name",
            "show_resource_image",
            "show_resource_phone",
            "slip_minutes",
        ),
        looks=("visit", "email", "dark", "sms"),
        event="traveling",
        no_effect=_(
            "No message is moved or withdrawn. Messages that have not gone out yet name the technician, or not, as set"
            " here."
        ),
    ),
    Subject(
        "invitations",
        _("Invitations and sign-in"),
        _(
            "How customers come to a portal profile, and how staff sign in. Customers may set up a second factor, too;"
            " nobody asks them to."
        ),
        ("auto_invite", "auto_invite_whom", "invitation_days", "staff_second_factor"),
        looks=("email", "dark"),
        event="invitation",
        no_effect=_(
            "Invitations that were made already keep their last day. The automatic invite goes out with the next daily"
            " run, not when you save."
        ),
    ),
    Subject(
        "in-app",
        _("In-app notifications"),
        _(
            "The bell of staff: whether there is one, how long a notification is kept when its sender does not say, and"
            " how long a toast stays. Everybody may choose a longer toast, or none, for themselves."
        ),
        (
            "in_app_notifications",
            "in_app_expiry_days",
            "toast_seconds",
            "in_app_poll_seconds",
            "unopened_card_minutes",
            "on_call",
        ),
        looks=("toast",),
        no_effect=_("Nothing changes for messages to customers: this is about staff."),
    ),
    Subject(
        "kept",
        _("What is kept how long"),
        _("Everything else has a fixed time, or stays with its record: docs/operations.md, under this title."),
        ("messages_kept_days", "audit_kept_days", "positions_kept_hours"),
        looks=("kept",),
        no_effect=_("Messages that have not gone out yet are not touched."),
    ),
    Subject(
        "delivery",
        _("Delivery and test messages"),
        _("How messages leave, who is reached while you try things out, and a message to yourself."),
        ("guest_list", "texts_per_number", "texts_per_account", "texts_per_day"),
        looks=("test-email", "test-dark", "test-sms"),
        changes_messages=True,
    ),
)
BY_SLUG = {subject.slug: subject for subject in SUBJECTS}
OF_FIELD = {name: subject for subject in SUBJECTS for name in subject.fields}


def fieldsets_of(*subjects: Subject, with_headings: bool = True) -> list[tuple[Any, dict[str, Any]]]:
    """Return what Django's admin makes a form of; a page of one subject has its heading already."""
    return [
        (subject.title, {"description": subject.description, "fields": list(subject.rows)})
        if with_headings
        else (None, {"fields": list(subject.rows)})
        for subject in subjects
    ]
