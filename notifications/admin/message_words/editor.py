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
from notifications.admin.message_words.forms import LABELS, WordsForm, changed_meanwhile
from notifications.admin.message_words.place import Place
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


def page(request: HttpRequest, place: Place, context: dict[str, Any]) -> HttpResponse:
    if request.method != "POST":
        form = WordsForm(place)
        return _shown(request, place, form, context)
    if not request.user.has_perm(MAY_CHANGE):
        raise PermissionDenied
    form = WordsForm(place, request.POST)
    if "save" in request.POST:
        return _saved(request, place, form, context)
    if "test_email" in request.POST or "test_sms" in request.POST:
        return _tested(request, place, form, context)
    if "start" in request.POST:
        form = _from_built_in(request, place)
    return _shown(request, place, form, context)


def _saved(request: HttpRequest, place: Place, form: WordsForm, context: dict[str, Any]) -> HttpResponse:
    if not _is_sound(place, form):
        return _shown(request, place, form, context, status=400)
    try:
        version, is_new = MessageTemplate.write(*place.key, form.typed(), by=staff(request), based_on=form.seen())
    except WordsChanged as changed:
        again = request.POST.copy()
        again["based_on"] = str(changed.current.pk) if changed.current else ""
        form = WordsForm(place, again)
        form.add_error(None, changed_meanwhile(changed.current))
        theirs = _differences(place, changed.current, form)
        return _shown(request, place, form, context | {"theirs": theirs}, status=409)
    if version is None:
        said = _("The built-in words are used.") if place.service is None else _("This service has no part now.")
    elif is_new:
        said = _("Saved as version %(number)d. It is used from the next message on.") % {"number": version.number}
    else:
        said = _("Nothing was changed: version %(number)d says the same.") % {"number": version.number}
    messages.success(request, said)
    example = QueryDict(mutable=True)
    example["example"] = request.POST.get("example", "")
    return HttpResponseRedirect(f"{place.url()}?{example.urlencode()}")


def _is_sound(place: Place, form: WordsForm) -> bool:
    """Check the words; what is wrong stands beside its field."""
    form.is_valid()
    typed = {name: words for name, words in form.typed().items() if name in place.fields}
    for name, sentences in problems(place.kind, typed, is_part=place.service is not None).items():
        for sentence in sentences:
            form.add_error(name, sentence)
    return not form.errors


def _tested(request: HttpRequest, place: Place, form: WordsForm, context: dict[str, Any]) -> HttpResponse:
    channel = Channel.EMAIL if "test_email" in request.POST else Channel.SMS
    if _is_sound(place, form):
        preview = previews_of(place, form.version(), example_key(request, place, form), channel).get(channel)
        testing.send(request, form, channel, preview, place)
    return _shown(request, place, form, context, status=400 if form.errors else 200)


def _from_built_in(request: HttpRequest, place: Place) -> WordsForm:
    """Return the form with the built-in words in each field that is empty."""
    filled = request.POST.copy()
    form = WordsForm(place, request.POST)
    previews = previews_of(place, TemplateVersion(), example_key(request, place, form))
    for name in place.fields:
        if not form.typed()[name]:
            filled[name] = _built_in(previews, name)[0]
    return WordsForm(place, filled)


# --- What the page shows ----------------------------------------------------------------------------------------------
def _shown(
    request: HttpRequest, place: Place, form: WordsForm, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    may_look = request.user.has_perm(MAY_LOOK)
    examples = form.examples() if may_look else []
    key = example_key(request, place, form, examples)
    previews = previews_of(place, form.version(), key) if may_look else {}
    more = {
        "title": place.label,
        "place": place,
        "current": place.current,
        "written": company_moment(place.current.written_at) if place.current else "",
        "form": form,
        "fields": [WordsField(form[name], *_built_in(previews, name)) for name in place.fields],
        "may_change": request.user.has_perm(MAY_CHANGE),
        "may_look": may_look,
        "languages": _languages(place),
        "services": _services(place),
        "examples": _with_chosen(examples, key, previews),
        "key": key,
        "nothing_found": bool(form.search) and not examples,
        "has_errors": bool(form.errors),
        "placeholders": _placeholders(place, previews),
        "looks": [(look, label) for look, label in LOOKS.items() if ("sms" if look == "sms" else "email") in previews],
        "inbox": previews["email"].message if "email" in previews else None,
        "cost": sms_cost.shown(place, form.typed()["sms"], previews.get("sms")),
        "counting": sms_cost.for_script(place, previews, {name: _built_in(previews, name)[1] for name in place.fields}),
        "own_address": staff(request).email,
    }
    return TemplateResponse(request, "admin/message_words/editor.html", context | more, status=status)


def example_key(request: HttpRequest, place: Place, form: WordsForm, found: Examples | None = None) -> str:
    """Return the example that was chosen; after a search, the first that was found. `found` are those of the form."""
    asked = str(form["example"].value() or request.GET.get("example", ""))
    if asked and "find" not in request.POST:
        return asked
    found = form.examples() if found is None else found
    return found[0][0] if found else asked


def _with_chosen(examples: Examples, key: str, previews: dict[str, Preview]) -> Examples:
    names = [preview.example.name for preview in previews.values()]
    return examples if not names or key in dict(examples) else [(key, names[0]), *examples]


def previews_of(place: Place, typed: TemplateVersion, key: str, *channels: str) -> dict[str, Preview]:
    """Return the message on each of its channels in these words, or nothing if there is no example."""
    previewer = Previewer(place.kind, place.language, key, timezone.now())
    found = {}
    for channel in channels or place.kind.channels:
        if (example := previewer.example(channel)) is not None:
            found[channel] = previewer.preview(example, _own(place, typed, example.subject))
    return found


def _own(place: Place, typed: TemplateVersion, subject: Any) -> OwnWords:
    """Return the words that a message about `subject` would have, with what is typed in its place."""
    asked = (place.kind.event, place.language, place.service or place.kind.service_of(subject))
    in_use = WordsInUse([asked]).of(*asked)
    return OwnWords(typed, in_use.part) if place.service is None else OwnWords(in_use.version, typed)


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


def _placeholders(place: Place, previews: dict[str, Preview]) -> list[tuple[Placeholder, str]]:
    """Return the names that the fields may have, with what each stands for in the example."""
    known = {one.name: one for name in place.fields for one in allowed(place.kind, name, is_part=bool(place.service))}
    values = {name: text for preview in previews.values() for name, text in preview.values.items()}
    return [(one, values.get(one.name) or str(one.example)) for one in known.values()]


def _languages(place: Place) -> list[tuple[Place, bool]]:
    return [
        (other, other.language == place.language)
        for code, _name in settings.LANGUAGES
        for other in [Place(place.kind, code, place.service, place.service_name)]
    ]


def _services(place: Place) -> list[tuple[Place, bool]]:
    """Return the types of service that may have a part, and first the words for all; nothing if there are none."""
    services = place.kind.services()
    if not services:
        return []
    mine: list[tuple[uuid.UUID | None, str]] = [(None, _("All services")), *services]
    return [(Place(place.kind, place.language, pk, name), pk == place.service) for pk, name in mine]


def _differences(place: Place, current: TemplateVersion | None, form: WordsForm) -> list[tuple[Any, list[Piece]]]:
    """Return, field by field, how somebody else's words differ from those in the form."""
    theirs, mine = current.words if current else {}, form.typed()
    return [
        (LABELS[name], compared(theirs.get(name, ""), mine[name]))
        for name in place.fields
        if theirs.get(name, "") != mine[name]
    ]
