"""The two buttons on the settings page that send a test message."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fsportal.lib.phones import to_e164
from fsportal.models import AuditEntry, PortalSettings, User
from notifications.customers import test_message
from notifications.customers.test_message import Outcome

allowed = permission_required("fsportal.change_portalsettings", raise_exception=True)


class TestSmsForm(forms.Form):
    """The number that the test SMS goes to."""

    phone = forms.CharField(label=gettext_lazy("Phone number"), max_length=40)

    def clean_phone(self) -> str:
        """Return the number as E.164."""
        try:
            return to_e164(self.cleaned_data["phone"], "")
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


@require_POST
@allowed
def test_email(request: HttpRequest) -> HttpResponse:
    """Send a test email to the signed-in person's own address."""
    user = request.user
    assert isinstance(user, User)
    if not user.email:
        messages.error(request, _("Your user has no email address; add one to your user first."))
        return _back()
    return _told(request, test_message.send_email(user.email, str(user)), "test email")


@require_POST
@allowed
def test_sms(request: HttpRequest) -> HttpResponse:
    """Send a test SMS to the number typed in."""
    form = TestSmsForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["phone"]))
        return _back()
    return _told(request, test_message.send_sms(form.cleaned_data["phone"]), "test SMS")


def _told(request: HttpRequest, outcome: Outcome, deed: str) -> HttpResponse:
    if outcome.sent:
        AuditEntry.note(PortalSettings.load(), f"{deed} sent", by=request.user)
    messages.add_message(request, messages.SUCCESS if outcome.sent else messages.ERROR, outcome.words)
    return _back()


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:fsportal_portalsettings_change", args=[1]) + "#delivery")
