"""The column Data: override content and actions, as JSON text and as what cards show."""

import json
from dataclasses import dataclass
from typing import Any

from fsportal.lib.text import HARMFUL
from notifications.inapp import actions, icons, links, markdown
from notifications.inapp.errors import InvalidParameter, shown
from notifications.models.app_notification import DATA_LENGTH

TYPE_ANNOTATION = "@odata.type"
#: Real content takes six levels; much deeper nesting is an attack.
DEEPEST = 32


@dataclass(frozen=True)
class DataColumn:
    """The content of the column: text for clients, HTML for cards."""

    text: str
    title_html: str
    body_html: str
    icon_url: str


def without_type_annotations(value: Any, parameter: str, level: int = 0) -> Any:
    """Return a JSON value without its type annotations: keys that begin or end with `@odata.type`.

    Raises InvalidParameter about `parameter` for nesting deeper than 32 levels.
    """
    if level > DEEPEST:
        raise InvalidParameter(parameter, f"is nested deeper than {DEEPEST} levels.")
    if isinstance(value, dict):
        return {
            key: without_type_annotations(inner, parameter, level + 1)
            for key, inner in value.items()
            if not (key.startswith(TYPE_ANNOTATION) or key.endswith(TYPE_ANNOTATION))
        }
    if isinstance(value, list):
        return [without_type_annotations(inner, parameter, level + 1) for inner in value]
    return value


def compose(*, title: str, body: str, override_content: object = None, actions_value: object = None) -> DataColumn:
    """Return the column for an app notification; the override may replace the plain `title` and `body` on cards.

    Raises InvalidParameter, also if the JSON text takes more than 5,000 characters.
    """
    override = _override(without_type_annotations(override_content, "OverrideContent"))
    rows = actions.parse(without_type_annotations(actions_value, "Actions"))
    held = override | ({"actions": rows} if rows else {})
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":")) if held else ""
    if len(text) > DATA_LENGTH:
        raise InvalidParameter(
            "Data", f"allows {DATA_LENGTH} characters for override content and actions; they take {len(text)}."
        )
    return DataColumn(text, _title(title, override), _body(body, override), str(override.get("iconUrl", "")))


def split(text: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return OverrideContent and Actions from the text of the column, unchecked; raises InvalidParameter."""
    if not text:
        return None, None
    if len(text) > DATA_LENGTH:
        raise InvalidParameter("data", f"allows {DATA_LENGTH} characters; it got {len(text)}.")
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidParameter("data", "takes JSON text; it got something else.") from None
    if not isinstance(held, dict):
        raise InvalidParameter("data", f"takes JSON text of an object; it got {shown(held)}.")
    return held, {"actions": held.pop("actions")} if "actions" in held else None


def _override(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidParameter("OverrideContent", f"takes an object; it got {shown(value)}.")
    found: dict[str, Any] = {}
    for name in ("title", "body"):
        if value.get(name) is not None:
            if not isinstance(value[name], str):
                raise InvalidParameter(f"OverrideContent.{name}", f"takes a text; it got {shown(value[name])}.")
            found[name] = HARMFUL.sub("", value[name])
    if value.get("iconUrl") is not None:
        found["iconUrl"] = icons.icon_url(value["iconUrl"], parameter="OverrideContent.iconUrl")
    target = value.get("navigationTarget")
    if target is not None:
        if target not in links.NAVIGATION_TARGETS:
            allowed = ", ".join(links.NAVIGATION_TARGETS)
            raise InvalidParameter("OverrideContent.navigationTarget", f"got {shown(target)}; it allows {allowed}.")
        found["navigationTarget"] = target
    return found


def _title(title: str, override: dict[str, Any]) -> str:
    instead = override.get("title", "")
    return markdown.title_html(instead, target=_target(override)) if instead.strip() else markdown.plain(title)


def _body(body: str, override: dict[str, Any]) -> str:
    instead = override.get("body", "")
    if not instead.strip():
        return markdown.plain(body)
    return markdown.body_html(instead, parameter="OverrideContent.body", target=_target(override))


def _target(override: dict[str, Any]) -> str:
    return str(override.get("navigationTarget", "inline"))
