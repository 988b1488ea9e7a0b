"""Settings > Customer Portal > Settings: one record on one page."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fsportal.lib import zones
from fsportal.lib.phones import to_e164
from fsportal.models import PortalSettings, User
from fsportal.models.portal_settings import InviteWhom
from fsportal.settings_area.parts import AnyModelForm
from fsportal.settings_area.record_page import RecordPage
from notifications.customers import outbox
from notifications.inapp.privileges import receivers
from portal.admin.logo_field import LogoField, LogoInput
from portal.admin.reminders import ReminderInline
from portal.invitations import automatic

PAGE = "admin:fsportal_portalsettings_change"
TIMES = ("reminder_time", "sms_from", "sms_until", "email_from", "email_until")


class PortalSettingsForm(AnyModelForm):
    """The record's form; every error is shown beside its field."""

    class Meta:
        model = PortalSettings
        fields = "__all__"  # the fieldsets below name every one
        widgets = {
            "foreground_colour": forms.TextInput(attrs={"type": "color"}),
            "background_colour": forms.TextInput(attrs={"type": "color"}),
            "time_zone": forms.Select,
            "logo": LogoInput,
            "logo_dark": LogoInput(on_dark=True),
            "reminder_lead_days": forms.NumberInput(attrs={"min": 0, "max": 7}),
            "guest_list": forms.Textarea(attrs={"rows": 4, "cols": 50}),
            # Django's own has a button "Now", which would write the company's time into a field that is UTC.
            **{name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M") for name in TIMES},
            "on_call": forms.CheckboxSelectMultiple,
        }
        field_classes = {"logo": LogoField, "logo_dark": LogoField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "auto_invite_whom" in self.fields:  # not for those who may only look
            self.fields["auto_invite_whom"].help_text = _how_many()
            self.fields["time_zone"].widget.choices = _zone_choices(self.instance.time_zone)
            self.fields["reminder_time"].help_text = _in_company_zone(self.instance)
            on_call = self.fields["on_call"]
            assert isinstance(on_call, forms.ModelMultipleChoiceField)
            on_call.queryset = _can_be_on_call(self.instance)
            # Users are made on their own page.
            on_call.widget.can_add_related = False

    def clean_guest_list(self) -> str:
        """Return one email address or E.164 number per line; refuse any other line."""
        lines = [line.strip() for line in self.cleaned_data["guest_list"].splitlines()]
        return "\n".join(_guest(line) for line in lines if line)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        shortest, longest = data.get("min_lead_days"), data.get("max_lead_days")
        if shortest is not None and longest is not None and shortest >= longest:
            words = _("This must be below the maximum lead time of %(days)d days: no time lies between them.")
            self.add_error("min_lead_days", words % {"days": longest})
        return data


def _zone_choices(own: str) -> list[Any]:
    """Return UTC, then the cities by region, with the present zone even if it goes by an older name."""
    regions = zones.places("en")
    known = {name for _region, rows in regions for name, _city in rows}
    return [*((name, name) for name in dict.fromkeys(["UTC", own]) if name not in known), *regions]


def _in_company_zone(portal_settings: PortalSettings) -> str:
    """Return what the time of the reminders is by the company's clock today, if that is another."""
    zone_name, at = portal_settings.time_zone, portal_settings.reminder_time
    moment = dt.datetime.combine(timezone.now().date(), at, dt.UTC)
    local = zones.local(moment, zone_name)
    if not local.utcoffset():
        return ""
    words = {"utc": f"{at:%H:%M}", "clock": f"{local:%H:%M}", "zone": zones.plain_label(zone_name, "en")}
    return _("%(utc)s UTC is %(clock)s, %(zone)s, today.") % words


def _guest(line: str) -> str:
    try:
        if "@" not in line:
            return to_e164(line, "")
        validate_email(line)
    except (ValueError, ValidationError):
        raise ValidationError(
            _("“%(line)s” is neither an email address nor a phone number with its calling code (+44…)."),
            params={"line": line[:80]},
        ) from None
    return line


def _can_be_on_call(portal_settings: PortalSettings) -> QuerySet[User]:
    """Return staff with a bell and an email address, and whoever is on call already."""
    able = receivers(User.objects.filter(is_staff=True)).exclude(email="")
    chosen = portal_settings.on_call.values("pk")
    return User.objects.filter(Q(pk__in=able.values("pk")) | Q(pk__in=chosen)).order_by("first_name", "username")


def _how_many() -> str:
    """Return to how many contacts the automatic invite would go now if existing ones were invited too."""
    number = automatic.due(PortalSettings.load(), timezone.now(), whom=InviteWhom.ALL).count()
    return ngettext(
        "With “New and existing contacts” %(number)d contact would be invited now.",
        "With “New and existing contacts” %(number)d contacts would be invited now, each email address once.",
        number,
    ) % {"number": number}


@admin.register(PortalSettings)
class PortalSettingsAdmin(RecordPage):
    """One record, which is always there: it is neither added nor deleted."""

    may_add = may_delete = False
    form = PortalSettingsForm
    change_form_template = "admin/portal_settings.html"
    autocomplete_fields = ["fallback_contact"]
    inlines = (ReminderInline,)
    fieldsets = [
        (
            gettext_lazy("Configuration"),
            {
                "fields": [
                    "portal_name",
                    "time_zone",
                    "track_my_technician",
                    "self_scheduling",
                    "auto_invite",
                    "auto_invite_whom",
                    "invitation_days",
                ],
            },
        ),
        (
            gettext_lazy("Messages"),
            {
                "description": gettext_lazy("Which messages customers get, and whom they go to."),
                "fields": [
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
                    "guest_list",
                ],
            },
        ),
        (
            gettext_lazy("Reminders"),
            {
                "description": gettext_lazy(
                    "The first reminder of a visit; below this page's fields there are further ones. What is booked or"
                    " moved later than its reminder would go is announced within minutes."
                ),
                "fields": [
                    "reminder_lead_days",
                    "reminder_time",
                    "reminder_in_site_zone",
                    "repeat_gap_hours",
                    "reminder_asks",
                    "unconfirmed_card_hours",
                ],
            },
        ),
        (
            gettext_lazy("Hours for messages"),
            {
                "description": gettext_lazy(
                    "By the clock at the visit's place. Outside them messages wait, or go before if need be."
                    " At any hour go: on the way, running late, what customers just did themselves, and changes of a"
                    " visit within hours. No times: any hour. Holidays are those of the place's country."
                ),
                "fields": [
                    ("sms_from", "sms_until"),
                    ("sms_at_weekends", "sms_on_holidays"),
                    ("email_from", "email_until"),
                    ("email_at_weekends", "email_on_holidays"),
                ],
            },
        ),
        (
            gettext_lazy("Sign-in"),
            {
                "description": gettext_lazy("Customers may set up a second factor, too; nobody asks them to."),
                "fields": ["staff_second_factor"],
            },
        ),
        (
            gettext_lazy("Display"),
            {
                "description": gettext_lazy(
                    "These words, colours and pictures show alike on pages, in emails, in the calendar and here; in SMS"
                    " the company's name. With delivery live, nothing goes out to customers before it has a name."
                ),
                "fields": [
                    "company_name",
                    "contact_email",
                    "contact_phone",
                    "page_title",
                    "page_footer",
                    "logo",
                    "logo_dark",
                    "font",
                    "foreground_colour",
                    "background_colour",
                ],
            },
        ),
        (
            gettext_lazy("Track My Technician"),
            {
                "description": gettext_lazy("Shown only while the technician is traveling."),
                "fields": [
                    "show_map",
                    "location_precision",
                    "show_resource_name",
                    "show_resource_image",
                    "show_resource_phone",
                    "slip_minutes",
                    "positions_kept_hours",
                ],
            },
        ),
        (
            gettext_lazy("Self Scheduling"),
            {
                "description": gettext_lazy("Within which limits customers book visits by themselves."),
                "fields": [
                    "min_lead_days",
                    "min_lead_hours",
                    "max_lead_days",
                    "asset_choice",
                    "additional_details",
                    "travel_radius",
                    "travel_radius_unit",
                ],
            },
        ),
        (
            gettext_lazy("In-app notifications"),
            {
                "description": gettext_lazy(
                    "The bell of staff: whether there is one, how long a notification is kept when its sender does not"
                    " say, and how long a toast stays. Everybody may choose a longer toast, or none, for themselves."
                ),
                "fields": [
                    "in_app_notifications",
                    "in_app_expiry_days",
                    "toast_seconds",
                    "in_app_poll_seconds",
                    "unopened_card_minutes",
                    "on_call",
                ],
            },
        ),
        (
            gettext_lazy("What is kept how long"),
            {
                "description": gettext_lazy(
                    "Everything else has a fixed time, or stays with its record: docs/operations.md, under this title."
                ),
                "fields": ["messages_kept_days", "audit_kept_days"],
            },
        ),
    ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> PortalSettings | None:
        """Return the record, or its defaults until the page is first saved."""
        found: PortalSettings | None = super().get_object(request, object_id, from_field)
        return PortalSettings.load() if found is None and object_id == "1" else found

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse(PAGE, args=[PortalSettings.load().pk]))

    def page_title(self, record: PortalSettings) -> str:
        return _("Customer Portal settings")

    def details(self, request: HttpRequest, record: PortalSettings) -> dict[str, Any]:
        """Return how email, SMS and routing engines are connected; never a key."""
        return {
            "email_described": settings.EMAIL.described,
            "email_from": settings.EMAIL_FROM,
            "sms_described": settings.SMS.described,
            "routing": [engine.described for engine in settings.ROUTING],
            # Only Twilio calls back, and only at an address that is entered there.
            "sms_inbound": settings.SITE_URL + reverse("sms-inbound") if settings.SMS.scheme == "twilio" else "",
        }

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        outbox.look_again_at_waiting(timezone.now())

    def response_change(self, request: HttpRequest, obj: PortalSettings) -> HttpResponse:
        self.message_user(request, _("The settings are saved."))
        return HttpResponseRedirect(reverse(PAGE, args=[obj.pk]))
