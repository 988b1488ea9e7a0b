"""Form fields shared by several apps."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from fsportal.lib import zones
from fsportal.settings_area.company_zone import midnight


def check_year(moment: dt.datetime | dt.date) -> None:
    """Raise ValidationError for a year that can only be a typing error."""
    if moment.year not in zones.YEARS:
        raise ValidationError(_("The year %(year)s is not between 2000 and 2100.") % {"year": moment.year})


class LastDayField(forms.DateField):
    """The last day on which a link or a code works, in the company's zone. Gives the first moment after it, to come."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self, value: Any) -> dt.datetime | None:
        day = super().clean(value)
        if day is None:
            return None
        check_year(day)
        moment = midnight(day + dt.timedelta(days=1))
        if moment <= timezone.now():
            raise ValidationError(_("Choose a day that is not over yet."))
        return moment
