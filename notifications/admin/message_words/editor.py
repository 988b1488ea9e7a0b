"""The page on which the words of one message are written, looked at and tried.

Every button sends the whole form, and what was typed comes back. Only *Save* and *Send* change or send anything.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models.consent import Channel
from fsportal.settings_area.parts import company_moment, staff
from notifications.admin.message_words import sms_cost, testing
from notifications.admin.message_words.comparing import Piece, compared
from notifications.admin.message_words.edited import EditedTemplate
from notifications.admin.message_words.forms import LABELS, WordsForm, changed_meanwhile
from notifications.customers.wording.checking import allowed, problems
from notifications.customers.wording.choosing import OwnWords, WordsInUse
from notifications.customers.wording.placeholders import Placeholder
from notifications.customers.wording.previewing import Preview, Previewer, with_placeholders
from notifications.models import MessageTemplate, TemplateVersion
from notifications.models.message_template import WordsChanged

MAY_CHANGE = "notifications.change_messagetemplate"
#: Examples are real visits, and a preview says as much of a customer as a message in the log.
MAY_LOOK = "notifications.view_customernotification"
LOOKS = {
    "email": gettext_lazy("Email"),
    "dark": gettext_lazy("Email, dark"),
    "text": gettext_lazy("Plain text"),
    "sms": gettext_lazy("Text message"),
}


Examples = list[tuple[str, str]]


@dataclass(frozen=True)
class WordsField:
    """One field with what stands beside it."""

    bound: Any
    #: The built-in words with placeholders, and as the example's recipient would read them.
    built_in: str
    built_in_read: str


def page(request: HttpRequest, edited: EditedTemplate, context: dict[str, Any]) -> HttpResponse:
    if request.method != "POST":
        form = WordsForm(edited)
        return _shown(request, edited, form, context)
    if not request.user.has_perm(MAY_CHANGE):
        raise PermissionDenied
    form = WordsForm(edited, request.POST)
    if "save" in request.POST:
        return _saved(request, edited, form, context)
    if "test_email" in request.POST or "test_sms" in request.POST:
        return _tested(request, edited, form, context)
    if "start" in request.POST:
        form = _from_built_in(request, edited)
    return _shown(request, edited, form, context)


def _saved(request: HttpRequest, edited: EditedTemplate, form: WordsForm, context: dict[str, Any]) -> HttpResponse:
    if not _is_sound(edited, form):
        return _shown(request, edited, form, context, status=400)
    try:
        version, is_new = MessageTemplate.write(*edited.key, form.typed(), by=staff(request), based_on=form.seen())
    except WordsChanged as changed:
        again = request.POST.copy()
        again["based_on"] = str(changed.current.pk) if changed.current else ""
        form = WordsForm(edited, again)
        form.add_error(None, changed_meanwhile(changed.current))
        theirs = _differences(edited, changed.current, form)
        return _shown(request, edited, form, context | {"theirs": theirs}, status=409)
    if version is None:
        said = _("The built-in words are used.") if edited.service is None else _("This service has no part now.")
    elif is_new:
        said = _("Saved as version %(number)d. It is used from the next message on.") % {"number": version.number}
    else:
        said = _("Nothing was changed: version %(number)d says the same.") % {"number": version.number}
    messages.success(request, said)
    example = QueryDict(mutable=True)
    example["example"] = request.POST.get("example", "")
    return HttpResponseRedirect(f"{edited.url()}?{example.urlencode()}")


def _is_sound(edited: EditedTemplate, form: WordsForm) -> bool:
    """Check the words; what is wrong stands beside its field."""
    form.is_valid()
    typed = {name: words for name, words in form.typed().items() if name in edited.fields}
    for name, sentences in problems(edited.kind, typed, is_part=edited.service is not None).items():
        for sentence in sentences:
            form.add_error(name, sentence)
    return not form.errors


def _tested(request: HttpRequest, edited: EditedTemplate, form: WordsForm, context: dict[str, Any]) -> HttpResponse:
    channel = Channel.EMAIL if "test_email" in request.POST else Channel.SMS
    if _is_sound(edited, form):
        preview = previews_of(edited, form.version(), example_key(request, edited, form), channel).get(channel)
        testing.send(request, form, channel, preview, edited)
    return _shown(request, edited, form, context, status=400 if form.errors else 200)


def _from_built_in(request: HttpRequest, edited: EditedTemplate) -> WordsForm:
    """Return the form with the built-in words in each field that is empty."""
    filled = request.POST.copy()
    form = WordsForm(edited, request.POST)
    previews = previews_of(edited, TemplateVersion(), example_key(request, edited, form))
    for name in edited.fields:
        if not form.typed()[name]:
            filled[name] = _built_in(previews, name)[0]
    return WordsForm(edited, filled)


# --- What the page shows ----------------------------------------------------------------------------------------------
def _shown(
    request: HttpRequest, edited: EditedTemplate, form: WordsForm, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    may_look = request.user.has_perm(MAY_LOOK)
    examples = form.examples() if may_look else []
    key = example_key(request, edited, form, examples)
    previews = previews_of(edited, form.version(), key) if may_look else {}
    more = {
        "title": edited.label,
        "edited": edited,
        "current": edited.current,
        "written": company_moment(edited.current.written_at) if edited.current else "",
        "form": form,
        "fields": [WordsField(form[name], *_built_in(previews, name)) for name in edited.fields],
        "may_change": request.user.has_perm(MAY_CHANGE),
        "may_look": may_look,
        "languages": _languages(edited),
        "services": _services(edited),
        "examples": _with_chosen(examples, key, previews),
        "key": key,
        "nothing_found": bool(form.search) and not examples,
        "has_errors": bool(form.errors),
        "placeholders": _placeholders(edited, previews),
        "looks": [(look, label) for look, label in LOOKS.items() if ("sms" if look == "sms" else "email") in previews],
        "inbox": previews["email"].message if "email" in previews else None,
        "cost": sms_cost.shown(edited, form.typed()["sms"], previews.get("sms")),
        "counting": sms_cost.for_script(
            edited, previews, {name: _built_in(previews, name)[1] for name in edited.fields}
        ),
        "own_address": staff(request).email,
    }
    return TemplateResponse(request, "admin/message_words/editor.html", context | more, status=status)


def example_key(request: HttpRequest, edited: EditedTemplate, form: WordsForm, found: Examples | None = None) -> str:
    """Return the example that was chosen; after a search, the first that was found. `found` are those of the form."""
    asked = str(form["example"].value() or request.GET.get("example", ""))
    if asked and "find" not in request.POST:
        return asked
    found = form.examples() if found is None else found
    return found[0][0] if found else asked


def _with_chosen(examples: Examples, key: str, previews: dict[str, Preview]) -> Examples:
    names = [preview.example.name for preview in previews.values()]
    return examples if not names or key in dict(examples) else [(key, names[0]), *examples]


def previews_of(edited: EditedTemplate, typed: TemplateVersion, key: str, *channels: str) -> dict[str, Preview]:
    """Return the message on each of its channels in these words, or nothing if there is no example."""
    previewer = Previewer(edited.kind, edited.language, key, timezone.now())
    found = {}
    for channel in channels or edited.kind.channels:
        if (example := previewer.example(channel)) is not None:
            found[channel] = previewer.preview(example, _own(edited, typed, example.subject))
    return found


def _own(edited: EditedTemplate, typed: TemplateVersion, subject: Any) -> OwnWords:
    """Return the words that a message about `subject` would have, with what is typed in its place."""
    asked = (edited.kind.event, edited.language, edited.service or edited.kind.service_of(subject))
    in_use = WordsInUse([asked]).of(*asked)
    return OwnWords(typed, in_use.part) if edited.service is None else OwnWords(in_use.version, typed)


def _built_in(previews: dict[str, Preview], name: str) -> tuple[str, str]:
    """Return the built-in words of a field with placeholders, and as they read."""
    preview = previews.get("sms" if name == "sms" else "email")
    if preview is None:
        return "", ""
    built_in = preview.built_in
    words = {
        "subject": built_in.subject,
        "body": "\n\n".join(built_in.paragraphs),
        "button": built_in.button[0] if built_in.button else "",
        "sms": built_in.sms,
    }[name]
    return with_placeholders(words, preview.values), words


def _placeholders(edited: EditedTemplate, previews: dict[str, Preview]) -> list[tuple[Placeholder, str]]:
    """Return the names that the fields may have, with what each stands for in the example."""
    known = {
        one.name: one for name in edited.fields for one in allowed(edited.kind, name, is_part=bool(edited.service))
    }
    values = {name: text for preview in previews.values() for name, text in preview.values.items()}
    return [(one, values.get(one.name) or str(one.example)) for one in known.values()]


def _languages(edited: EditedTemplate) -> list[tuple[EditedTemplate, bool]]:
    return [
        (other, other.language == edited.language)
        for code, _name in settings.LANGUAGES
        for other in [EditedTemplate(edited.kind, code, edited.service, edited.service_name)]
    ]


def _services(edited: EditedTemplate) -> list[tuple[EditedTemplate, bool]]:
    """Return the types of service that may have a part, and first the words for all; nothing if there are none."""
    services = edited.kind.services()
    if not services:
        return []
    mine: list[tuple[uuid.UUID | None, str]] = [(None, _("All services")), *services]
    return [(EditedTemplate(edited.kind, edited.language, pk, name), pk == edited.service) for pk, name in mine]


def _differences(
    edited: EditedTemplate, current: TemplateVersion | None, form: WordsForm
) -> list[tuple[Any, list[Piece]]]:
    """Return, field by field, how somebody else's words differ from those in the form."""
    theirs, mine = current.words if current else {}, form.typed()
    return [
        (LABELS[name], compared(theirs.get(name, ""), mine[name]))
        for name in edited.fields
        if theirs.get(name, "") != mine[name]
    ]
