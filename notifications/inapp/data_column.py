"""The column DataColumn: override content and actions as JSON text, and what is shown of them."""

import json
from dataclasses import dataclass
from typing import Any

from fsportal.lib.text import HARMFUL
from notifications.inapp import actions, icons, links, markdown
from notifications.inapp.errors import InvalidParameter, shown
from notifications.models.app_notification import DATA_LENGTH

TYPE_MARK = "@odata.type"
#: Content takes six levels; whoever nests much deeper means harm.
DEEPEST = 32


@dataclass(frozen=True)
class DataColumn:
    """What Data holds, as text for clients and as HTML for cards."""

    text: str
    title_html: str
    body_html: str
    icon_url: str


def without_type_marks(value: Any, parameter: str, level: int = 0) -> Any:
    """Return a JSON value without its OData type marks: keys that begin or end with `@odata.type` are no content.

    Raises InvalidParameter, in the name of `parameter`, for what is nested deeper than 32 levels.
    """
    if level > DEEPEST:
        raise InvalidParameter(parameter, f"is nested deeper than {DEEPEST} levels.")
    if isinstance(value, dict):
        return {
            key: without_type_marks(inner, parameter, level + 1)
            for key, inner in value.items()
            if not (key.startswith(TYPE_MARK) or key.endswith(TYPE_MARK))
        }
    if isinstance(value, list):
        return [without_type_marks(inner, parameter, level + 1) for inner in value]
    return value


def compose(*, title: str, body: str, override_content: object = None, actions_value: object = None) -> DataColumn:
    """Return Data for a notification. `title` and `body` are plain; the override may replace what is shown of each.

    Raises InvalidParameter, also when the whole takes more than 5,000 characters.
    """
    override = _override(without_type_marks(override_content, "OverrideContent"))
    rows = actions.parse(without_type_marks(actions_value, "Actions"))
    held = override | ({"actions": rows} if rows else {})
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":")) if held else ""
    if len(text) > DATA_LENGTH:
        raise InvalidParameter(
            "Data", f"allows {DATA_LENGTH} characters for override content and actions; they take {len(text)}."
        )
    return DataColumn(text, _title(title, override), _body(body, override), str(override.get("iconUrl", "")))


def split(text: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return OverrideContent and Actions as the text of Data holds them, unchecked; raises InvalidParameter."""
    if not text:
        return None, None
    if len(text) > DATA_LENGTH:
        raise InvalidParameter("data", f"allows {DATA_LENGTH} characters; it got {len(text)}.")
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidParameter("data", "takes JSON text; this is none.") from None
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
