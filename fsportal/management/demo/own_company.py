"""*Start your own company*: a second look at what goes and what stays, then the demo is emptied."""

from typing import Any

from allauth.account.signals import password_changed
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib.text import validate_no_control
from fsportal.management.demo import emptying
from fsportal.management.demo.emptying import DemoContents
from fsportal.models import PortalSettings, User
from fsportal.settings_area import demo_marks
from fsportal.settings_area.parts import staff
from portal.invitations.forms import NewPasswordField
from portal.models import SecurityEvent, SecurityNotice
from portal.sign_in.forms import password_rules

RIGHTS = (
    "fsportal.change_portalsettings",
    "fsportal.delete_account",
    "fsportal.delete_user",
    "bookings.delete_booking",
)


class OwnCompanyForm(forms.Form):
    """The company's name as a confirmation; one of the demo's users also says who they really are."""

    confirmation = forms.CharField(
        label=gettext_lazy("To confirm, write the name above"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    first_name = forms.CharField(
        label=gettext_lazy("Your first name"), max_length=150, validators=[validate_no_control]
    )
    last_name = forms.CharField(
        label=gettext_lazy("Your last name"), max_length=150, required=False, validators=[validate_no_control]
    )
    email = forms.EmailField(
        label=gettext_lazy("Your email address"),
        max_length=254,
        help_text=gettext_lazy("You can sign in with it, and test emails go there."),
    )
    password = NewPasswordField(label=gettext_lazy("Your new password"))
    # Email may not be connected yet, so nobody could reset a password that was mistyped.
    password_again = NewPasswordField(label=gettext_lazy("Your new password again"))
    OF_DEMO_USERS = ("first_name", "last_name", "email", "password", "password_again")

    def __init__(self, *args: Any, by: User, company: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by, self.company = by, company
        self.is_demo_user = demo_marks.users().filter(pk=by.pk).exists()
        self.fields["password"].help_text = password_rules()
        if not self.is_demo_user:
            for name in self.OF_DEMO_USERS:
                del self.fields[name]

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"])
        if typed.strip().casefold() != self.company.strip().casefold():
            raise ValidationError(_("This is not the name. Write: %(name)s"), params={"name": self.company})
        return typed

    def clean_email(self) -> str:
        """Return the address in lower case; refuse the demo's, and one with which somebody else signs in."""
        email = str(self.cleaned_data["email"]).lower()
        if email == demo_marks.email_of(self.by.username):
            raise ValidationError(_("This is the demo's address. Write your own."))
        others = User.objects.exclude(pk=self.by.pk).exclude(pk__in=DemoContents(self.by).users.values("pk"))
        if others.filter(Q(email__iexact=email) | Q(username__iexact=email)).exists():
            raise ValidationError(_("Somebody else signs in with this address."))
        return email

    def clean_password_again(self) -> str:
        again = str(self.cleaned_data["password_again"])
        if again != self.cleaned_data.get("password", again):
            raise ValidationError(_("The two passwords are not the same. Write the same one twice."))
        return again

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        try:
            validate_password(password, self.by)
        except ValidationError as error:
            raise ValidationError(error.messages) from None
        return password

    @transaction.atomic
    def perform(self) -> None:
        """Empty the demo; a user of the demo becomes the admin, others keep the rights they have. Raises NotNow."""
        if self.is_demo_user:
            data = self.cleaned_data
            self.by.first_name, self.by.last_name, self.by.email = data["first_name"], data["last_name"], data["email"]
            self.by.set_password(data["password"])
            self.by.save()
        emptying.empty(self.by, make_admin=self.is_demo_user)


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return permission_required(RIGHTS, raise_exception=True)(_page)(request, context)


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    # A company whose name was taken away meanwhile would have nothing to be confirmed by.
    by, name = staff(request), PortalSettings.load().company_name.strip() or _("demo")
    has_demo = demo_marks.accounts().exists()
    form = OwnCompanyForm(request.POST if request.method == "POST" else None, by=by, company=name)
    if has_demo and form.is_bound and form.is_valid():
        try:
            form.perform()
        except emptying.NotNow as refusal:
            by.refresh_from_db()
            form.add_error(None, str(refusal))
        else:
            return _done(request, by, form)
    contents = DemoContents(by)
    own = {
        "title": _("Start your own company"),
        "form": form,
        "has_demo": has_demo,
        "company_name": name,
        "goes": [found for found in contents.goes() if found.number],
        "stays": contents.stays(),
    }
    return TemplateResponse(request, "admin/own_company.html", context | own, status=400 if form.errors else 200)


def _done(request: HttpRequest, by: User, form: OwnCompanyForm) -> HttpResponse:
    if form.is_demo_user:
        update_session_auth_hash(request, by)
        password_changed.send(sender=User, request=request, user=by)
        SecurityNotice.tell(by, SecurityEvent.PASSWORD_CHANGED)
    messages.success(request, _("The demo is gone. This is your company now: the checklist says what comes next."))
    return HttpResponseRedirect(reverse("admin:index"))
