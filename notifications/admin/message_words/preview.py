"""How a message will look, for the frame beside the words: the words in use, or, if they are posted, those typed."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from notifications.admin.email_view import sandboxed
from notifications.admin.message_words import sms_cost
from notifications.admin.message_words.edited import EditedTemplate
from notifications.admin.message_words.editor import MAY_LOOK, example_key, previews_of
from notifications.admin.message_words.forms import WordsForm
from notifications.customers.channels.base import EmailMessage, SmsMessage
from notifications.customers.channels.sms_text import is_gsm7, parts_of

#: These pages are ours; but nothing in them is more than text.
POLICY = "sandbox; default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
LOOKS = {"email": "email", "dark": "email", "text": "email", "sms": "sms"}


def frame(request: HttpRequest, edited: EditedTemplate, context: dict[str, Any]) -> HttpResponse:
    """Answer with the message as `look` says; GET and POST store nothing."""
    if not request.user.has_perm(MAY_LOOK):
        raise PermissionDenied
    asked = request.POST if request.method == "POST" else request.GET
    form = WordsForm(edited, request.POST if request.method == "POST" else None)
    look = asked.get("look", "")
    channel = LOOKS.get(look) or edited.kind.channels[0]
    preview = previews_of(edited, form.version(), example_key(request, edited, form), channel).get(channel)
    message = preview.message if preview else None
    if isinstance(message, EmailMessage) and look != "text":
        return sandboxed(message.html, dark=look == "dark")
    parts = parts_of(message.text) if isinstance(message, SmsMessage) else []
    more = {
        "preview": preview,
        "message": message,
        "edited": edited,
        "parts": parts,
        "is_dear": bool(parts) and not is_gsm7("".join(parts)),
        "cost": sms_cost.of_message("".join(parts)) if parts else "",
    }
    response = TemplateResponse(request, "admin/message_words/plain.html", context | more)
    response["Content-Security-Policy"] = POLICY
    return response
