"""The forms by which a customer redeems an invitation."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib import masks
from fsportal.lib.text import validate_no_control
from fsportal.models import User
from portal.invitations.redeem import Redeemer, is_name_taken

#: More than any code with its spaces; anything longer was pasted by mistake and is cut off.
LONGEST_CODE = 200


class InvitationCodeForm(forms.Form):
    """The code of an invitation, as it was typed or pasted: a whole link does as well."""

    code = forms.CharField(
        label=gettext_lazy("Invitation code"),
        help_text=gettext_lazy("16 letters and digits, from our message. Capitals, spaces and dashes do not matter."),
        error_messages={"required": gettext_lazy("Type the code from your invitation.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "autocorrect": "off",
                "spellcheck": "false",
                "dir": "ltr",
                "class": "code-input",
            }
        ),
    )

    def clean_code(self) -> str:
        """Return the code; for a pasted link, its part after /redeem/."""
        typed: str = self.cleaned_data["code"]
        return typed.rpartition("/redeem/")[2].strip("/ ")[:LONGEST_CODE]


class PasswordInput(forms.PasswordInput):
    """A password that can be shown; the button for that comes from static/js/show-password.js."""

    def __init__(self, autocomplete: str) -> None:
        super().__init__(
            attrs={
                "autocomplete": autocomplete,
                "autocapitalize": "none",
                "spellcheck": "false",
                "data-show": gettext_lazy("Show password"),
                "data-hide": gettext_lazy("Hide password"),
            }
        )


class NewPasswordField(forms.CharField):
    """A password that somebody chooses."""

    widget = PasswordInput("new-password")

    def __init__(self, **kwargs: Any) -> None:
        words = {"required": gettext_lazy("Choose a password.")}
        super().__init__(strip=False, max_length=1000, error_messages=words, **kwargs)


class ProfileForm(forms.Form):
    """A portal profile: user name and password. The user that it makes is not saved."""

    username = UsernameField(
        label=gettext_lazy("User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        error_messages={"required": gettext_lazy("Choose a user name, for example your email address.")},
    )
    password = NewPasswordField(label=gettext_lazy("Password"))

    def __init__(self, *args: Any, person: Redeemer, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = (
            _("You sign in with it. Your email address, %(email)s, is a good one.")
            % {"email": masks.email(person.email)}
            if person.email
            else _("You sign in with it. It may have letters, digits and . + - _")
        )
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_username(self) -> str:
        """Refuse names that are taken, and email addresses that are not this person's: they may be others'."""
        username: str = self.cleaned_data["username"]
        if "@" in username and username.casefold() != self.person.email.casefold():
            raise ValidationError(self._not_your_email())
        if is_name_taken(username):
            raise ValidationError(self.taken(username))
        return username

    def _not_your_email(self) -> str:
        if not self.person.email:
            return _("We do not have this email address for you. Choose a user name without @.")
        return _("This is not the email address that we have for you, %(email)s. Use that, or a name without @.") % {
            "email": masks.email(self.person.email)
        }

    def taken(self, username: str) -> str:
        if username.casefold() == self.person.email.casefold():
            return _(
                "Somebody signs in with this email address already. If that is you, sign in; if not, choose a name."
            )
        return _("Somebody has this user name already. Choose another one.")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        password = data.get("password")
        if password:
            person = User(username=data.get("username", ""), email=self.person.email, first_name=self.person.name)
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return data

    def user(self) -> User:
        """Return the user, not saved; hashing takes its time here, before any transaction."""
        user = User(username=self.cleaned_data["username"])
        user.set_password(self.cleaned_data["password"])
        return user


class WhoForm(forms.Form):
    """Who redeems a group invitation, and the address whose code proves it."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        validators=[validate_no_control],
        error_messages={"required": gettext_lazy("Write your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Your email address"),
        max_length=254,
        help_text=gettext_lazy("We send a code there, to be sure that it is yours."),
        error_messages={"required": gettext_lazy("Write your email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false", "dir": "ltr"}),
    )

    def clean_email(self) -> str:
        """Return the address in lower case, as it is compared with those that we know."""
        email: str = self.cleaned_data["email"]
        return email.lower()


class EmailProofForm(forms.Form):
    digits = forms.CharField(
        label=gettext_lazy("Code from the email"),
        max_length=60,
        error_messages={"required": gettext_lazy("Type the code from the email.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "dir": "ltr", "class": "code-input"}
        ),
    )
