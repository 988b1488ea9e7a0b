"""The form of the settings record, for one subject or for all of them."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fsportal.lib import zones
from fsportal.lib.phones import to_e164
from fsportal.models import PortalSettings, User
from fsportal.models.portal_settings import InviteWhom
from fsportal.settings_area.parts import AnyModelForm
from notifications.inapp.privileges import receivers
from portal.admin.logo_field import LogoField, LogoInput
from portal.invitations import automatic

TIMES = ("reminder_time", "sms_from", "sms_until", "email_from", "email_until")
#: The name of the button that shows what saving would do. It saves nothing.
CHECK = "check"
#: Contacts that are counted for the automatic invite.
COUNTED_TO = 999


class PortalSettingsForm(AnyModelForm):
    """Every error is shown beside its field. Only fields that were changed on the page are saved.

    The page says what its fields were when it was opened, so what somebody else has saved meanwhile stays. A program
    that posts fields without that is compared with what is stored.
    """

    class Meta:
        model = PortalSettings
        fields = "__all__"  # each subject names its own (subjects.py)
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
        for name, field in self.fields.items():
            says_before = not self.is_bound or self.add_initial_prefix(name) in self.data
            field.show_hidden_initial = says_before and not isinstance(field, forms.FileField)
        # Those who may only look have no fields.
        if "auto_invite_whom" in self.fields:
            self.fields["auto_invite_whom"].help_text = _how_many()
        if "time_zone" in self.fields:
            self.fields["time_zone"].widget.choices = _zone_choices(self.instance.time_zone)
        if "reminder_time" in self.fields:
            self.fields["reminder_time"].help_text = _in_company_zone(self.instance)
        if "on_call" in self.fields:
            on_call = self.fields["on_call"]
            assert isinstance(on_call, forms.ModelMultipleChoiceField)
            on_call.queryset = _can_be_on_call(self.instance)
            # Users are made on their own page.
            on_call.widget.can_add_related = False

    @property
    def only_looks(self) -> bool:
        return CHECK in self.data

    def is_valid(self) -> bool:
        return super().is_valid() and not self.only_looks

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]  # Django's own hook, which the stubs leave out
        for name in self.cleaned_data.keys() - set(self.changed_data):
            if name != "on_call":
                self.cleaned_data[name] = getattr(self.instance, name)

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

    def _update_errors(self, errors: ValidationError) -> None:
        """Leave out what is wrong with fields of other subjects: it cannot be put right on this page."""
        if hasattr(errors, "error_dict"):
            here = {name: found for name, found in errors.error_dict.items() if name in (*self.fields, "__all__")}
            if not here:
                return
            errors = ValidationError(here)
        super()._update_errors(errors)  # type: ignore[misc]  # see above

    def _save_m2m(self) -> None:
        if "on_call" in self.changed_data:
            super()._save_m2m()  # type: ignore[misc]  # see above

    def store(self) -> None:
        """Save what was changed."""
        record: PortalSettings = self.instance
        if not PortalSettings.objects.filter(pk=record.pk).exists():
            record.save()
        elif changed := {name for name in self.changed_data if name != "on_call"}:
            record.save(update_fields=changed)


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
    due = automatic.due(PortalSettings.load(), timezone.now(), whom=InviteWhom.ALL)
    number = due.order_by()[: COUNTED_TO + 1].count()
    if number > COUNTED_TO:
        words = _("With “New and existing contacts” more than %(number)d contacts would be invited now.")
        return words % {"number": COUNTED_TO}
    return ngettext(
        "With “New and existing contacts” %(number)d contact would be invited now.",
        "With “New and existing contacts” %(number)d contacts would be invited now, each email address once.",
        number,
    ) % {"number": number}
