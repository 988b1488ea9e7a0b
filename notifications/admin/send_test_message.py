"""The two buttons on the settings page that send a test message."""

import uuid
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fsportal.lib.phones import to_e164
from fsportal.lib.text import one_line
from fsportal.models import AuditEntry, PortalSettings, User
from notifications.checklist import TEST_EMAIL, TEST_SMS
from notifications.customers.channels.base import ChannelBackend, DeliveryError, EmailMessage, SmsMessage
from notifications.customers.channels.email import EmailBackend
from notifications.customers.channels.sms import sms_backend
from notifications.customers.channels.sms_text import gsm_safe
from notifications.customers.conversations.messages import paragraphs_of
from notifications.customers.email_frame import Company, EmailWords, as_html, as_text
from notifications.customers.preparing import is_guest


@dataclass(frozen=True)
class SendResult:
    """Whether a test message was handed over, and what happened in one sentence."""

    sent: bool
    words: str


def send_email(to: str, to_name: str) -> SendResult:
    """Send a test email now. Takes as long as the mail server does, at most EMAIL_TIMEOUT."""
    portal_settings, language = PortalSettings.load(), get_language() or "en"
    company = Company.of(portal_settings)
    words = EmailWords(
        subject=one_line(_("Test message from %(company)s") % {"company": company.name}, 200),
        contact_name=one_line(to_name, 100),
        paragraphs=paragraphs_of(render_to_string("messages/test/body.txt", using="text")),
        facts=[],
        button_words="",
        button_link="",
        unsubscribe_link="",
    )
    message = EmailMessage(
        id=uuid.uuid4(),
        to=to,
        to_name=words.contact_name,
        from_name=one_line(company.name, 100),
        reply_to=company.email,
        subject=words.subject,
        text=as_text(words, company, language),
        html=as_html(words, company, language),
    )
    return send_now(message)


def send_sms(to: str) -> SendResult:
    portal_settings = PortalSettings.load()
    words = _("%(company)s: this is a test message. SMS works.") % {
        "company": one_line(portal_settings.company_name, 60)
    }
    return send_now(SmsMessage(id=uuid.uuid4(), to=to, text=gsm_safe(words)))


def send_now(message: EmailMessage | SmsMessage) -> SendResult:
    """Send a test message unless delivery is simulated or its address is not on the guest list."""
    refusal = _why_not(message.to, PortalSettings.load())
    if refusal:
        return SendResult(sent=False, words=refusal)
    channel: ChannelBackend = EmailBackend() if isinstance(message, EmailMessage) else sms_backend()
    try:
        receipt = channel.send(message)
    except DeliveryError as error:
        words = _("It was not sent. The provider said: %(words)s") % {"words": error.detail or error.reason}
        return SendResult(sent=False, words=words)
    finally:
        channel.close()
    words = _("The test message was taken by %(provider)s. See whether it arrives.") % {"provider": receipt.provider}
    return SendResult(sent=True, words=words)


def _why_not(to: str, portal_settings: PortalSettings) -> str:
    if settings.DELIVERY_MODE == "simulate":
        return _("Nothing was sent: delivery is simulated. Set DELIVERY_MODE to guest-list or live to send.")
    if settings.DELIVERY_MODE == "guest-list" and not is_guest(to, portal_settings):
        return _("Nothing was sent: this address is not on the guest list. Add it there and save, then try again.")
    return ""


allowed = permission_required("fsportal.change_portalsettings", raise_exception=True)


class TestSmsForm(forms.Form):
    phone = forms.CharField(label=gettext_lazy("Phone number"), max_length=40)

    def clean_phone(self) -> str:
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
    return _told(request, send_email(user.email, str(user)), TEST_EMAIL)


@require_POST
@allowed
def test_sms(request: HttpRequest) -> HttpResponse:
    form = TestSmsForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["phone"]))
        return _back()
    return _told(request, send_sms(form.cleaned_data["phone"]), TEST_SMS)


def _told(request: HttpRequest, outcome: SendResult, action: str) -> HttpResponse:
    if outcome.sent:
        AuditEntry.note(PortalSettings.load(), action, by=request.user)
    messages.add_message(request, messages.SUCCESS if outcome.sent else messages.ERROR, outcome.words)
    return _back()


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:fsportal_portalsettings_change", args=[1]) + "#delivery")
