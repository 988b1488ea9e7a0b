"""The actions of an app notification: `url`, `sidepane`, `teamsChat` (App notifications page, *Notification actions*).

The whole input is checked, and each error names the part of the request that is wrong.
"""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from fsportal.lib.text import HARMFUL
from notifications.inapp.errors import InvalidParameter, shown
from notifications.inapp.links import LOGICAL_NAME, NAVIGATION_TARGETS, PAGE_TYPES, OwnLink, href

MOST = 10
TITLE_LENGTH = 100
TYPES = ("url", "sidepane", "teamsChat")
NARROWEST, WIDEST = 200, 1200  # CSS pixels of a side pane
PANE_WIDTH = 400
TEAMS = "https://teams.microsoft.com/l/chat/"

Row = dict[str, Any]


def parse(value: object, *, parameter: str = "Actions") -> list[Row]:
    """Return the actions as they are stored; `value` is the Actions object without its type annotations.

    Raises InvalidParameter.
    """
    if value is None:
        return []
    where = f"{parameter}.actions"
    rows = _object(value, parameter, "an object with the list 'actions'").get("actions")
    if not isinstance(rows, list):
        raise InvalidParameter(where, f"takes a list of actions; it got {shown(rows)}.")
    if len(rows) > MOST:
        raise InvalidParameter(where, f"allows {MOST} actions at most; it got {len(rows)}.")
    return [_action(row, f"{where}[{number}]") for number, row in enumerate(rows)]


def _action(value: object, where: str) -> Row:
    row = _object(value, where, "an object with 'title' and 'data'")
    title = _clean_text(row.get("title"), f"{where}.title", most=TITLE_LENGTH)
    data = _object(row.get("data"), f"{where}.data", "an object with the action's 'type'")
    kind = data.get("type", "url" if "url" in data else None)
    if kind not in TYPES:
        raise InvalidParameter(f"{where}.data.type", f"got {shown(kind)}; it allows {', '.join(TYPES)}.")
    return {"title": title, "data": {"type": kind} | _PARSERS[str(kind)](data, f"{where}.data")}


def _url(data: Row, where: str) -> Row:
    url = _text(data.get("url"), f"{where}.url", most=2000)
    if href(url) is None:
        raise InvalidParameter(
            f"{where}.url",
            f"got {shown(url)}; it allows http, https, mailto and tel addresses, ?pagetype=… and paths of this app.",
        )
    return {"url": url} | _target(data, where)


def _target(data: Row, where: str) -> Row:
    target = data.get("navigationTarget")
    if target is None:
        return {}
    if target not in NAVIGATION_TARGETS:
        allowed = ", ".join(NAVIGATION_TARGETS)
        raise InvalidParameter(f"{where}.navigationTarget", f"got {shown(target)}; it allows {allowed}.")
    return {"navigationTarget": target}


def _side_pane(data: Row, where: str) -> Row:
    page = _object(
        data.get("navigationTarget"), f"{where}.navigationTarget", "an object with 'pageType', 'entityName', 'entityId'"
    )
    found: Row = {"navigationTarget": _page(page, f"{where}.navigationTarget")}
    if data.get("paneOptions") is not None:
        found["paneOptions"] = _pane(_object(data["paneOptions"], f"{where}.paneOptions", "an object"), where)
    return found


def _page(page: Row, where: str) -> Row:
    page_type = page.get("pageType")
    if page_type not in PAGE_TYPES:
        raise InvalidParameter(f"{where}.pageType", f"got {shown(page_type)}; it allows {', '.join(PAGE_TYPES)}.")
    table = page.get("entityName")
    if not isinstance(table, str) or not LOGICAL_NAME.fullmatch(table):
        raise InvalidParameter(f"{where}.entityName", f"got {shown(table)}; it takes a table's logical name.")
    if page_type == "entitylist":
        return {"pageType": page_type, "entityName": table}
    return {"pageType": page_type, "entityName": table, "entityId": guid(page.get("entityId"), f"{where}.entityId")}


def _pane(options: Row, where: str) -> Row:
    found: Row = {}
    if options.get("title") is not None:
        found["title"] = _clean_text(options["title"], f"{where}.paneOptions.title", most=TITLE_LENGTH)
    width = options.get("width")
    if width is not None:
        if not isinstance(width, int) or not NARROWEST <= width <= WIDEST:
            raise InvalidParameter(
                f"{where}.paneOptions.width", f"got {shown(width)}; it allows {NARROWEST} to {WIDEST} pixels."
            )
        found["width"] = width
    return found


def _teams_chat(data: Row, where: str) -> Row:
    if data.get("chatId"):
        for other in ("memberIds", "entityContext"):
            if data.get(other):
                raise InvalidParameter(f"{where}.{other}", "must not stand beside 'chatId': that chat has its own.")
        return {"chatId": _clean_text(data["chatId"], f"{where}.chatId", most=200)}
    members = data.get("memberIds")
    if not isinstance(members, list) or not members:
        raise InvalidParameter(
            f"{where}.memberIds", f"takes the user ids of a new chat, or give 'chatId'; it got {shown(members)}."
        )
    found: Row = {"memberIds": [guid(one, f"{where}.memberIds[{at}]") for at, one in enumerate(members)]}
    for name, most in (("chatTitle", 250), ("initialMessage", 1000)):
        if data.get(name):
            found[name] = _clean_text(data[name], f"{where}.{name}", most=most)
    if data.get("entityContext") is not None:
        found["entityContext"] = _context(data["entityContext"], f"{where}.entityContext")
    return found


def _context(value: object, where: str) -> Row:
    context = _object(value, where, "an object with 'entityName' and 'recordId'")
    table = context.get("entityName")
    if not isinstance(table, str) or not LOGICAL_NAME.fullmatch(table):
        raise InvalidParameter(f"{where}.entityName", f"got {shown(table)}; it takes a table's logical name.")
    return {"entityName": table, "recordId": guid(context.get("recordId"), f"{where}.recordId")}


_PARSERS: dict[str, Callable[[Row, str], Row]] = {"url": _url, "sidepane": _side_pane, "teamsChat": _teams_chat}


# --- Small checks --------------------------------------------------------------------------------------------------


def _object(value: object, where: str, what: str) -> Row:
    if not isinstance(value, dict):
        raise InvalidParameter(where, f"takes {what}; it got {shown(value)}.")
    return value


def _text(value: object, where: str, *, most: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidParameter(where, f"takes a text; it got {shown(value)}.")
    if len(value) > most:
        raise InvalidParameter(where, f"allows {most} characters at most; it got {len(value)}.")
    return value


def _clean_text(value: object, where: str, *, most: int) -> str:
    """Return a text without characters that hide or reverse others; raises InvalidParameter."""
    return _text(HARMFUL.sub("", value) if isinstance(value, str) else value, where, most=most)


def guid(value: object, where: str) -> str:
    """Return a GUID in its canonical form; raises InvalidParameter for anything else."""
    try:
        return str(uuid.UUID(value.strip("{}"))) if isinstance(value, str) else _no_guid(value, where)
    except ValueError:
        return _no_guid(value, where)


def _no_guid(value: object, where: str) -> str:
    raise InvalidParameter(where, f"takes a GUID; it got {shown(value)}.")


# --- How a card shows a stored action -------------------------------------------------------------------------


def address(action: Row) -> str:
    """Return the address that an action opens, in this app or elsewhere."""
    data = action["data"]
    if data["type"] == "url":
        return href(data["url"]) or ""
    if data["type"] == "sidepane":
        page = data["navigationTarget"]
        return OwnLink(page["pageType"], page["entityName"], page.get("entityId", "")).address
    return _teams_address(data)


def _teams_address(data: Row) -> str:
    """Return a deep link of Teams, to an existing chat or a new one."""
    if "chatId" in data:
        return f"{TEAMS}{quote(data['chatId'], safe=':@')}/0"
    query = {"users": ",".join(data["memberIds"])}
    for name, key in (("topicName", "chatTitle"), ("message", "initialMessage")):
        if data.get(key):
            query[name] = data[key]
    return f"{TEAMS}0/0?{urlencode(query, safe=',', quote_via=quote)}"


def target(action: Row) -> str:
    """Return where an action opens: inline (the default), dialog, newWindow or sidepane."""
    data = action["data"]
    if data["type"] == "sidepane":
        return "sidepane"
    return "newWindow" if data["type"] == "teamsChat" else str(data.get("navigationTarget", "inline"))
