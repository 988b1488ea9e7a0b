"""The two buttons of the settings, *Delivery and test messages*, that send a test message."""

import uuid
from dataclasses import asdict, dataclass

from django import forms
from django.conf import settings
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

#: Where the session keeps the answer until the page that is gone back to shows it.
ANSWER = "test-message-answer"


@dataclass(frozen=True)
class SendResult:
    """Whether a test message was handed over, and what happened in one sentence."""

    sent: bool
    words: str


def email_to(to: str, to_name: str, portal_settings: PortalSettings) -> EmailMessage:
    """Return the test email, in the look of every message."""
    company, language = Company.of(portal_settings), get_language() or "en"
    words = EmailWords(
        subject=one_line(_("Test message from %(company)s") % {"company": company.name}, 200),
        contact_name=one_line(to_name, 100),
        paragraphs=paragraphs_of(render_to_string("messages/test/body.txt", using="text")),
        facts=[],
        button_words="",
        button_link="",
        unsubscribe_link="",
    )
    return EmailMessage(
        id=uuid.uuid4(),
        to=to,
        to_name=words.contact_name,
        from_name=one_line(company.name, 100),
        reply_to=company.email,
        subject=words.subject,
        text=as_text(words, company, language),
        html=as_html(words, company, language),
    )


def sms_to(to: str, portal_settings: PortalSettings) -> SmsMessage:
    """Return the test SMS."""
    words = _("%(company)s: this is a test message. SMS works.") % {
        "company": one_line(portal_settings.company_name, 60)
    }
    return SmsMessage(id=uuid.uuid4(), to=to, text=gsm_safe(words))


def send_email(to: str, to_name: str) -> SendResult:
    """Send a test email now. Takes as long as the mail server does, at most EMAIL_TIMEOUT."""
    return send_now(email_to(to, to_name, PortalSettings.load()))


def send_sms(to: str) -> SendResult:
    return send_now(sms_to(to, PortalSettings.load()))


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
            number = to_e164(self.cleaned_data["phone"], "")
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        if not PortalSettings.load().may_text(number):
            raise forms.ValidationError(_("Texts do not go to this number: see SMS_COUNTRIES."))
        return number


@require_POST
@allowed
def test_email(request: HttpRequest) -> HttpResponse:
    """Send a test email to the signed-in person's own address."""
    user = request.user
    assert isinstance(user, User)
    if not user.email:
        return _answered(request, "email", _("Your user has no email address; add one to your user first."))
    return _told(request, "email", send_email(user.email, str(user)))


@require_POST
@allowed
def test_sms(request: HttpRequest) -> HttpResponse:
    form = TestSmsForm(request.POST)
    if not form.is_valid():
        said = " ".join(str(error) for error in form.errors["phone"])
        return _answered(request, "sms", said, typed=request.POST.get("phone", "")[:40])
    return _told(request, "sms", send_sms(form.cleaned_data["phone"]))


def _told(request: HttpRequest, which: str, outcome: SendResult) -> HttpResponse:
    if outcome.sent:
        action = {"email": TEST_EMAIL, "sms": TEST_SMS}[which]
        AuditEntry.note(PortalSettings.load(), action, by=request.user)
    return _answered(request, which, outcome.words, sent=outcome.sent)


# --- The answer, where one pressed ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class TestAnswer:
    """What came of a test message (`which`: email or sms); `typed` is a number that was refused."""

    which: str
    words: str
    sent: bool = False
    typed: str = ""


def _answered(request: HttpRequest, which: str, words: str, *, sent: bool = False, typed: str = "") -> HttpResponse:
    """Go back to the page of the buttons, which shows the answer beside the button and puts the focus on it."""
    request.session[ANSWER] = asdict(TestAnswer(which, words, sent, typed))
    return HttpResponseRedirect(f"{reverse('admin:settings-delivery')}#test-{which}-answer")


def take_answer(request: HttpRequest) -> TestAnswer | None:
    """Return the answer to the test message that was just sent, once."""
    found = request.session.pop(ANSWER, None)
    return TestAnswer(**found) if found else None
