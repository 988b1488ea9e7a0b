"""What a text message costs, in sentences: as the page says it, and as the script does while somebody types."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from fsportal.lib.text_direction import RIGHT_TO_LEFT
from notifications.admin.message_words.edited import EditedTemplate
from notifications.customers.wording.common import PART
from notifications.customers.wording.previewing import Preview
from notifications.customers.wording.sms_count import TABLES, SmsCount, counted

#: Characters that are named one by one.
NAMED = 8
#: The script fills in the same.
SENTENCES = {
    "character": gettext_lazy("{n} character"),
    "characters": gettext_lazy("{n} characters"),
    "segment": gettext_lazy("{n} segment"),
    "segments": gettext_lazy("{n} segments"),
    "script": gettext_lazy("In this script a segment holds 70 characters."),
    "costly": gettext_lazy("These make a segment hold 70 characters instead of 160: {marks}"),
    "values": gettext_lazy("So does what stands for {names}."),
    "double": gettext_lazy("These count as two: {marks}"),
    "mark": gettext_lazy("{mark} (character {place})"),
}


def shown(edited: EditedTemplate, typed: str, preview: Preview | None) -> dict[str, Any]:
    """Return what the words that are typed cost, or the built-in ones where they are used; nothing without texts."""
    if "sms" not in edited.fields or preview is None:
        return {}
    count = counted(typed, preview.values, edited.language, optional=(PART,))
    if not count.characters and edited.service is None:
        count = counted(preview.built_in.sms.replace("[", "[["), {}, edited.language)
    return {"words": words_of(count), "notes": notes_on(count, is_rtl=edited.direction == "rtl")}


def words_of(count: SmsCount) -> str:
    return f"{_counted(count.characters, 'character')}, {_counted(count.segments, 'segment')}"


def of_message(text: str) -> str:
    """Return what a text that is filled in costs."""
    count = counted(text.replace("[", "[["), {}, "")
    return words_of(count)


def _counted(number: int, noun: str) -> str:
    return str(SENTENCES[noun if number == 1 else f"{noun}s"]).format(n=number)


def notes_on(count: SmsCount, *, is_rtl: bool) -> list[str]:
    """Return what makes a text dear, and where that stands."""
    if is_rtl and not count.is_gsm7:
        return [str(SENTENCES["script"])]
    notes = []
    if count.costly:
        notes.append(_say("costly", marks=_marks(count.costly)))
    if count.costly_values:
        notes.append(_say("values", names=", ".join(f"[{name}]" for name in count.costly_values)))
    if count.double:
        notes.append(_say("double", marks=_marks(count.double)))
    return notes


def _marks(places: list[tuple[str, int]]) -> str:
    named = ", ".join(_say("mark", mark=mark, place=place) for mark, place in places[:NAMED])
    return f"{named} …" if len(places) > NAMED else named


def _say(name: str, **values: object) -> str:
    return str(SENTENCES[name]).format(**values)


def for_script(edited: EditedTemplate, previews: Mapping[str, Preview], built_in: Mapping[str, str]) -> dict[str, Any]:
    """Return what the script needs to count and to fill in placeholders."""
    preview = previews.get("sms") or previews.get("email")
    return _for_script(is_rtl=edited.direction == "rtl") | {
        "values": dict(preview.values) if preview else {},
        "optional": [PART],
        "builtIn": dict(built_in) if edited.service is None else {},
    }


def of_free_text(language: str = "", company: str = "") -> dict[str, Any]:
    """Return what the script needs to count a text without placeholders, before which the company's name is put."""
    return _for_script(is_rtl=language in RIGHT_TO_LEFT) | {"company": company}


def _for_script(*, is_rtl: bool) -> dict[str, Any]:
    sentences = {name: str(sentence) for name, sentence in SENTENCES.items()}
    return {"tables": TABLES, "isRightToLeft": is_rtl, "named": NAMED, "sentences": sentences}
