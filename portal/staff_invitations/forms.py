"""The form by which somebody who was invited chooses their password."""

from typing import Any

from django import forms
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from fsportal.models import User
from portal.invitations.forms import NewPasswordField
from portal.sign_in.forms import password_rules


class JoinForm(forms.Form):
    password = NewPasswordField(label=gettext_lazy("Password"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_rules()

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        try:
            validate_password(password, self.user)
        except ValidationError as error:
            raise ValidationError(error.messages) from None
        return password

    def hashed(self) -> str:
        """Return the password's hash, which takes its time: make it before any transaction."""
        return make_password(self.cleaned_data["password"])
