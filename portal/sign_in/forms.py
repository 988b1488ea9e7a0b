"""The forms of the pages around sign-in: django-allauth's, in our words, and with limits of our own."""

import logging
import math
from collections.abc import Callable
from typing import Any

from allauth.account import forms as account_forms
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from fsportal.lib import tallies
from fsportal.lib.throttle import Throttle
from fsportal.models import AuditEntry, User
from notifications.customers import outbox
from portal.sign_in import trail

logger = logging.getLogger(__name__)

#: A code has six digits and changes between tries: at this rate guessing one takes years.
CODE_TRIES = Throttle("second-factor", limit=10, seconds=900)
#: Seconds for which a used code is remembered: longer than an authenticator app's code is taken (MFA_TOTP_TOLERANCE),
#: which django-allauth forgets after one step.
CODE_USED = 180


def password_rules() -> str:
    return " ".join(str(text) for text in password_validation.password_validators_help_texts())


class LoginForm(account_forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = _("User name or email address")
        login.validators.append(MaxLengthValidator(254))
        login.widget.attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        _plain(self, password=_("Password"))
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("Stay signed in on this device for two weeks")


class ResetPasswordForm(forms.Form):
    """The address that a link to a new password goes to. It is not looked up here, so all addresses look alike."""

    email = forms.EmailField(
        label=_("Email address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def save(self, request: HttpRequest) -> None:
        """Queue one message; who gets a link, and why not, is found out at delivery."""
        outbox.queue(
            "password_reset",
            contact=None,
            channels=["email"],
            # In lower case, as it is compared, so that it goes to exactly the address that we know.
            to=self.cleaned_data["email"].lower(),
            language=translation.get_language() or "",
        )
        trail.asked_for_reset(self.cleaned_data["email"])


class ResetPasswordKeyForm(account_forms.ResetPasswordKeyForm):  # type: ignore[misc]  # see above
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_password(self)


class ChangePasswordForm(account_forms.ChangePasswordForm):  # type: ignore[misc]  # see above
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_password(self)
        self.fields["oldpassword"].label = _("Your present password")


class SetPasswordForm(account_forms.SetPasswordForm):  # type: ignore[misc]  # see above
    """The first password of somebody who signs in without one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_password(self)


class ReauthenticateForm(account_forms.ReauthenticateForm):  # type: ignore[misc]  # see above
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, password=_("Your password"))
        self.fields["password"].help_text = ""


class _Counted:
    """Counts each person's tries before a code is checked."""

    user: User

    def clean_code(self) -> str:
        if wait := CODE_TRIES.count(str(self.user.pk)):
            AuditEntry.count("second factor limited", subject=self.user)
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
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split())  # type: ignore[attr-defined]
        code, error = self._checked()
        # As django-allauth compares it, or the same code with a dash would be another one.
        used = f"{self.user.pk} {normalize_user_code(code)}"
        if error is None and not tallies.is_first("second-factor-used", used, seconds=CODE_USED):
            error = get_adapter().validation_error("incorrect_code")
        if error is not None:
            raise error
        return code

    @transaction.atomic
    def _checked(self) -> tuple[str, ValidationError | None]:
        """Return the code, and what is wrong with it: raised here, the error would roll back what was counted.

        One at a time for each person: django-allauth stores which recovery codes are used as one number.
        """
        list(Authenticator.objects.select_for_update().filter(user=self.user).values_list("pk"))
        try:
            return str(super().clean_code()), None  # type: ignore[misc]  # of the form beside this
        except ValidationError as error:
            return "", error


class AuthenticateForm(_Counted, mfa_forms.AuthenticateForm):  # type: ignore[misc]  # see above
    """The second step of signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self, _("Code from your authenticator app, or a recovery code"))


class ReauthenticateByCodeForm(_Counted, mfa_forms.ReauthenticateForm):  # type: ignore[misc]  # see above
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self, _("Code from your authenticator app, or a recovery code"))


class ActivateTOTPForm(_Counted, totp_forms.ActivateTOTPForm):  # type: ignore[misc]  # see above
    """The first code of an authenticator app, which shows that it has the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self, _("Code that the app shows"))


class _Careful:
    """Accepts whatever a browser sends for a passkey; if the library cannot read it, the passkey does not fit."""

    def clean_credential(self) -> Any:
        """Check the credential."""
        return self._check(super().clean_credential)  # type: ignore[misc]  # of the form beside this

    def _check(self, check: Callable[[], Any]) -> Any:
        try:
            return check()
        except ValidationError:
            raise
        except Exception as error:
            # A missing part or a malformed signature raises all kinds of errors, none of which is our fault.
            logger.info("A passkey could not be read (%s)", type(error).__name__)
            raise ValidationError(_("This passkey does not fit. Try again, or choose another way.")) from error


class LoginByPasskeyForm(_Careful, webauthn_forms.LoginWebAuthnForm):  # type: ignore[misc]  # see above
    pass


class AuthenticateByPasskeyForm(_Careful, webauthn_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]  # see above
    """A passkey as the second step of signing in."""


class ReauthenticateByPasskeyForm(_Careful, webauthn_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # see above
    pass


class AddPasskeyForm(_Careful, webauthn_forms.AddWebAuthnForm):  # type: ignore[misc]  # see above
    def clean_credential(self) -> Any:
        """Leave the check to `clean`, which sees the name as well."""
        return self.cleaned_data["credential"]

    def clean(self) -> Any:
        return self._check(super().clean)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _passkey_name(self)
        alone = self.fields["passwordless"]
        alone.label, alone.initial = _("Sign in with this passkey alone, without a password"), True
        alone.help_text = _(
            "Your device then asks for your fingerprint, face or PIN. Without this the passkey is asked for after your"
            " password."
        )


class RenamePasskeyForm(webauthn_forms.EditWebAuthnForm):  # type: ignore[misc]  # see above
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _passkey_name(self)


def _plain(form: forms.Form, **labels: Any) -> None:
    """Take out placeholders, which vanish while somebody types, and give fields our labels."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.label = labels.get(name, field.label)


def _new_password(form: forms.Form) -> None:
    _plain(form, password1=_("New password"), password2=_("New password again"))
    # django-allauth's is a list, which is not allowed in a hint.
    form.fields["password1"].help_text = password_rules()
    if "oldpassword" in form.fields:
        form.fields["oldpassword"].help_text = ""


def _code(form: forms.Form, label: Any) -> None:
    _plain(form, code=label)
    form.fields["code"].widget.attrs |= {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input"}
    form.fields["code"].validators.append(MaxLengthValidator(20))


def _passkey_name(form: forms.Form) -> None:
    name = form.fields["name"]
    name.label = _("Name")
    name.validators.append(MaxLengthValidator(60))
    name.help_text = _("So that you know it again, for example “My phone”.")
    name.widget.attrs |= {"maxlength": "60", "autocomplete": "off"}
