"""Actions, links and icons as Dynamics 365 documents them: what each parameter allows, and what an action opens."""

from typing import Any

import pytest
from pytest_django import Settings

from notifications.inapp import actions
from notifications.inapp.cards import Action
from notifications.inapp.data_column import without_type_annotations
from notifications.inapp.errors import InvalidParameter
from notifications.inapp.icons import icon_url
from notifications.inapp.links import OwnLink, href

ID = "0a9f62a8-90df-e311-9565-a45d36fc5fe8"
LIST = {"pageType": "entitylist", "entityName": "account"}
RECORD = {"pageType": "entityrecord", "entityName": "task", "entityId": ID}
CONTEXT = {"entityName": "account", "recordId": ID}


def parsed(data: Any, title: Any = "Go") -> dict[str, Any]:
    (row,) = actions.parse({"actions": [{"title": title, "data": data}]})
    return row


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        # URL: url is required, navigationTarget is one of three words.
        ({"type": "url"}, "url' takes a text; it got null"),
        ({"type": "url", "url": ""}, "url' takes a text"),
        ({"type": "url", "url": 5}, "url' takes a text; it got 5"),
        ({"type": "url", "url": "relative"}, "url' got 'relative'"),
        (
            {"type": "url", "url": "/a", "navigationTarget": "sidepane"},
            "navigationTarget' got 'sidepane'; it allows dialog",
        ),
        ({"type": "url", "url": "/a", "navigationTarget": LIST}, "navigationTarget' got {"),
        # Side pane: a page, which is a record or a list; pane options.
        ({"type": "sidepane"}, "navigationTarget' takes an object with 'pageType'"),
        ({"type": "sidepane", "navigationTarget": "dialog"}, "navigationTarget' takes an object"),
        (
            {"type": "sidepane", "navigationTarget": LIST | {"pageType": "custom"}},
            "pageType' got 'custom'; it allows entityrecord",
        ),
        ({"type": "sidepane", "navigationTarget": LIST | {"entityName": "No Name"}}, "entityName' got 'No Name'"),
        ({"type": "sidepane", "navigationTarget": RECORD | {"entityId": "1"}}, "entityId' takes a GUID; it got '1'"),
        ({"type": "sidepane", "navigationTarget": RECORD | {"entityId": None}}, "entityId' takes a GUID; it got null"),
        ({"type": "sidepane", "navigationTarget": LIST, "paneOptions": "wide"}, "paneOptions' takes an object"),
        ({"type": "sidepane", "navigationTarget": LIST, "paneOptions": {"width": True}}, "width' got true"),
        ({"type": "sidepane", "navigationTarget": LIST, "paneOptions": {"width": "400"}}, "width' got '400'"),
        ({"type": "sidepane", "navigationTarget": LIST, "paneOptions": {"width": 199}}, "width' got 199"),
        ({"type": "sidepane", "navigationTarget": LIST, "paneOptions": {"width": 1201}}, "width' got 1201"),
        (
            {"type": "sidepane", "navigationTarget": LIST, "paneOptions": {"title": " "}},
            "paneOptions.title' takes a text",
        ),
        # Teams chat: an existing chat has its members and its record already.
        ({"type": "teamsChat", "chatId": "19:a", "memberIds": [ID]}, "memberIds' must not stand beside 'chatId'"),
        (
            {"type": "teamsChat", "chatId": "19:a", "entityContext": CONTEXT},
            "entityContext' must not stand beside 'chatId'",
        ),
        ({"type": "teamsChat", "chatId": 5}, "chatId' takes a text; it got 5"),
        ({"type": "teamsChat", "chatId": "x" * 201}, "chatId' allows 200 characters"),
        ({"type": "teamsChat"}, "memberIds' takes the user ids of a new chat"),
        ({"type": "teamsChat", "memberIds": []}, "memberIds' takes the user ids of a new chat"),
        ({"type": "teamsChat", "memberIds": ID}, "memberIds' takes the user ids of a new chat"),
        ({"type": "teamsChat", "memberIds": [ID, "x"]}, "memberIds[1]' takes a GUID; it got 'x'"),
        ({"type": "teamsChat", "memberIds": [ID], "entityContext": {}}, "entityContext.entityName' got null"),
        (
            {"type": "teamsChat", "memberIds": [ID], "entityContext": CONTEXT | {"recordId": "x"}},
            "recordId' takes a GUID",
        ),
        ({"type": "teamsChat", "memberIds": [ID], "chatTitle": "x" * 251}, "chatTitle' allows 250"),
        ({"type": "teamsChat", "memberIds": [ID], "initialMessage": "x" * 1001}, "initialMessage' allows 1000"),
        # No type, or none of the three.
        ({"type": "URL", "url": "/a"}, "type' got 'URL'; it allows url, sidepane, teamsChat"),
        ({"type": None, "url": "/a"}, "type' got null"),
        ({"type": ["url"], "url": "/a"}, "type' got ['url']"),
        ("url", "takes an object with the action's 'type'"),
    ],
)
def test_what_the_table_does_not_allow_is_named(data: Any, words: str) -> None:
    with pytest.raises(InvalidParameter) as error:
        parsed(data)
    assert str(error.value).startswith("The parameter 'Actions.actions[0].data")
    assert words in str(error.value)


@pytest.mark.parametrize("value", [[], "x", {}, {"actions": None}, {"actions": {}}, {"actions": [None]}])
def test_actions_are_an_object_with_a_list_of_objects(value: Any) -> None:
    with pytest.raises(InvalidParameter):
        actions.parse(value)


@pytest.mark.parametrize("title", ["", " ", None, 5, "x" * 101])
def test_every_action_has_words(title: Any) -> None:
    with pytest.raises(InvalidParameter, match="title"):
        parsed({"url": "/a"}, title)


@pytest.mark.parametrize("number", [0, 1, 10])
def test_none_to_ten(number: int) -> None:
    row = {"title": "Go", "data": {"url": "/a"}}
    assert len(actions.parse({"actions": [row] * number})) == number
    with pytest.raises(InvalidParameter, match="10 actions at most; it got 11"):
        actions.parse({"actions": [row] * 11})


# --- What is kept, and what a card makes of it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "target", "address"),
    [
        ({"url": "/a"}, "inline", "/a"),
        ({"url": "/a", "navigationTarget": "inline"}, "inline", "/a"),
        ({"url": "https://a.example/", "navigationTarget": "dialog"}, "dialog", "https://a.example/"),
        ({"url": "tel:+15550100", "navigationTarget": "newWindow"}, "newWindow", "tel:+15550100"),
        (
            {"url": "?pagetype=entitylist&etn=incident&viewid=1"},
            "inline",
            "/notifications/open?pagetype=entitylist&etn=incident",
        ),
        (
            {"type": "sidepane", "navigationTarget": LIST | {"entityId": ID}},
            "sidepane",
            "/notifications/open?pagetype=entitylist&etn=account",
        ),
        (
            {"type": "sidepane", "navigationTarget": RECORD | {"entityId": f"{{{ID.upper()}}}"}},
            "sidepane",
            f"/notifications/open?pagetype=entityrecord&etn=task&id={ID}",
        ),
        (
            {"type": "teamsChat", "chatId": "19:a b/c?d@thread.v2", "memberIds": []},
            "newWindow",
            "https://teams.microsoft.com/l/chat/19:a%20b%2Fc%3Fd@thread.v2/0",
        ),
        (
            {
                "type": "teamsChat",
                "chatId": "",
                "memberIds": [ID, ID.upper()],
                "chatTitle": "A & B",
                "initialMessage": "Hi?",
            },
            "newWindow",
            f"https://teams.microsoft.com/l/chat/0/0?users={ID},{ID}&topicName=A%20%26%20B&message=Hi%3F",
        ),
    ],
)
def test_what_a_button_opens_and_where(data: Any, target: str, address: str) -> None:
    button = Action.of(parsed(data))
    assert (button.title, button.target, button.address) == ("Go", target, address)


def test_a_pane_has_its_title_and_width_or_the_buttons_words_and_400() -> None:
    pane = {"type": "sidepane", "navigationTarget": LIST}
    plain, named = (Action.of(parsed(pane | more)) for more in ({}, {"paneOptions": {"title": "Task", "width": 300}}))
    assert (plain.pane_title, plain.pane_width) == ("Go", 400)
    assert (named.pane_title, named.pane_width) == ("Task", 300)


def test_the_record_that_a_new_chat_is_about_is_kept() -> None:
    row = parsed({"type": "teamsChat", "memberIds": [ID], "entityContext": CONTEXT})
    assert row["data"]["entityContext"] == CONTEXT


def test_type_marks_are_no_content_at_either_end_of_a_key() -> None:
    marked = {"@odata.type": "#x", "actions@odata.type": "#y", "@odata.typeless": 1, "a": [{"b@odata.type": 1, "b": 2}]}
    assert without_type_annotations(marked, "Actions") == {"a": [{"b": 2}]}


# --- Links of this app ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [ID, ID.upper(), f"{{{ID}}}"])
def test_a_record_is_named_by_its_guid_in_each_usual_spelling(spelling: str) -> None:
    link = OwnLink.parse(f"?pagetype=entityrecord&etn=account&id={spelling}")
    assert link is not None
    assert str(link.record_id) == ID


@pytest.mark.parametrize(
    "query",
    ["", "?etn=account", "?pagetype=dashboard&etn=account", "?pagetype=entitylist", "?pagetype=entitylist&etn=A b"],
)
def test_what_names_neither_record_nor_list_is_no_link(query: str) -> None:
    assert OwnLink.parse(query) is None
    assert href(query) is None


def test_a_list_has_no_record() -> None:
    link = OwnLink.parse(f"?pagetype=entitylist&etn=account&id={ID}")
    assert link is not None
    assert link.record == ""


@pytest.mark.parametrize("url", ["mailto://a@b.example", "tel://1", "https:///x", "http://", "https://a@b.example/"])
def test_an_address_without_the_parts_it_needs_is_none(url: str) -> None:
    assert href(url) is None


# --- Icons ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("/static/img/icon.svg", True),
        ("/WebResources/cr245_AlertOn", True),
        ("https://icons.example.com/a.svg", True),
        ("https://icons.example.com/a.png?v=1", True),
        ("https://icons.example.com/a.html", False),
        ("https://icons.example.com:444/a.svg", False),
        ("https://user@icons.example.com/a.svg", False),
        ("http://icons.example.com/a.svg", False),
        ("https://other.example/a.svg", False),
        ("https://icons.example.com.evil.example/a.svg", False),
        ("//icons.example.com/a.svg", False),
        ("/media/a.svg", False),
        ("/static/../media/a.svg", False),
        ("/static/%2e%2e/media/a.svg", False),
        ("/static/a b.svg", False),
        ("/static\\a.svg", False),
        ("data:image/svg+xml,x", False),
        ("javascript:alert(1)", False),
        ("https://[::1/a.svg", False),
        ("/static/" + "x" * 493, False),
        ("/static/" + "x" * 492, True),
        ("", False),
        (5, False),
    ],
)
def test_whose_image_an_icon_may_be(settings: Settings, url: Any, allowed: bool) -> None:
    settings.ICON_HOSTS = ["icons.example.com"]
    if allowed:
        assert icon_url(url, parameter="iconUrl") == url
    else:
        with pytest.raises(InvalidParameter, match="iconUrl"):
            icon_url(url, parameter="iconUrl")
