"""*Send me a test*: the words as they stand in the form, by the rules of the settings page's test messages."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import AuditEntry, PortalSettings
from fsportal.models.consent import Channel
from fsportal.settings_area.parts import staff
from notifications.admin.message_words.edited import EditedTemplate
from notifications.admin.message_words.forms import WordsForm
from notifications.admin.send_test_message import send_now
from notifications.checklist import test_of_words
from notifications.customers.channels.base import EmailMessage, SmsMessage
from notifications.customers.wording.previewing import Preview

NO_EMAIL = gettext_lazy("Your user has no email address; add one to your user first.")
NO_NUMBER = gettext_lazy("Write the number that the text goes to.")


def send(request: HttpRequest, form: WordsForm, channel: str, preview: Preview | None, edited: EditedTemplate) -> None:
    """Send the message of a preview now, and say what came of it. Errors stand beside their field."""
    user = staff(request)
    to = user.email if channel == Channel.EMAIL else form.cleaned_data["phone"]
    if preview is None:
        form.add_error(None, _("There is nothing to send it about. Choose another example."))
    elif not to:
        field = None if channel == Channel.EMAIL else "phone"
        form.add_error(field, NO_EMAIL if field is None else NO_NUMBER)
    elif channel == Channel.SMS and not PortalSettings.load().may_text(to):
        form.add_error("phone", _("Texts do not go to this number's country (SMS_COUNTRIES)."))
    else:
        # Without the headers and addresses by which others answer: nobody waits for a test in the log.
        if isinstance(preview.message, EmailMessage):
            message: EmailMessage | SmsMessage = replace(preview.message, to=to, to_name=str(user), unsubscribe_url="")
        else:
            message = replace(preview.message, to=to, callback_url="")
        result = send_now(message)
        if result.sent:
            AuditEntry.note(PortalSettings.load(), test_of_words(channel), by=user, why=edited.label)
        messages.add_message(request, messages.SUCCESS if result.sent else messages.ERROR, result.words)
