"""The Settings area's sign-in, with a limit against guessing."""

import math
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from fsportal.lib.throttle import Throttle, client_of

WINDOW = 300
#: Tries from one address; an office behind one address stays well below.
BY_CLIENT = Throttle("sign-in", limit=20, seconds=WINDOW)
#: Tries of one name from wherever they come: high, so that nobody is easily locked out by somebody else.
BY_NAME = Throttle("sign-in-name", limit=50, seconds=WINDOW)


class SignInForm(AdminAuthenticationForm):
    """Django's form; tries beyond the limit are refused before the password is looked at."""

    def clean(self) -> dict[str, Any]:
        """Count the try, then check name and password."""
        name = str(self.cleaned_data.get("username", "")).casefold()
        client = client_of(self.request) if self.request else ""
        wait = max(BY_CLIENT.count(client), BY_NAME.count(name))
        if wait:
            minutes = math.ceil(wait / 60)
            raise ValidationError(
                ngettext(
                    "Too many tries. Wait %(minutes)d minute, then try again.",
                    "Too many tries. Wait %(minutes)d minutes, then try again.",
                    minutes,
                )
                % {"minutes": minutes},
                code="too_many_tries",
            )
        return super().clean()
