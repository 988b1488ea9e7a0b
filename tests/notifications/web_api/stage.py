"""People with privileges, and a client that talks to the Web API as programs do."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client

from fsportal.models import ApiToken, User
from notifications.inapp.send import send_app_notification
from notifications.models import AppNotification
from tests.factories import UserFactory

ROOT = "/api/data/v9.2/"
SEND, CREATE, READ = "send_appnotification", "add_appnotification", "view_appnotification"
WRITE, DELETE = "change_appnotification", "delete_appnotification"
GLOBAL = "view_global_appnotification"


def person(*codenames: str, **fields: Any) -> User:
    """Return a user with these privileges on the app notification table."""
    user: User = UserFactory(**fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=user.pk)


def note(owner: User, title: str = "Hello", **parameters: Any) -> AppNotification:
    """Return a notification that the product sent."""
    return send_app_notification(title=title, recipient=owner, **parameters)


@dataclass
class Reply:
    """What came back."""

    raw: Any

    @property
    def status(self) -> int:
        return int(self.raw.status_code)

    @property
    def json(self) -> Any:
        return json.loads(self.raw.content)

    @property
    def text(self) -> str:
        return str(self.raw.content.decode())

    @property
    def rows(self) -> list[dict[str, Any]]:
        assert self.status == 200, self.text
        rows: list[dict[str, Any]] = self.json["value"]
        return rows

    @property
    def error(self) -> str:
        """Return the message of an error that has OData's shape."""
        body = self.json
        assert list(body) == ["error"]
        assert set(body["error"]) == {"code", "message"}
        assert body["error"]["code"].startswith("0x8")
        return str(body["error"]["message"])

    def __getitem__(self, header: str) -> str:
        return str(self.raw[header])


class Api:
    """A client with a bearer token."""

    def __init__(self, user: User | None, root: str = ROOT) -> None:
        self.root = root
        self.client = Client(enforce_csrf_checks=True)
        self.token = ApiToken.issue(user, "test", days=1)[1] if user else ""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a request; `body` is JSON unless it is bytes; headers by name, underscores for dashes."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            given = {"Authorization": f"Bearer {self.token}"} | given
        kind = given.pop("Content-Type", "application/json")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        address = path if path.startswith(("/", "http")) else f"{self.root}{path}"
        return Reply(self.client.generic(method, address, data, content_type=kind, headers=given))

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Reply:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Reply:
        return self.call("DELETE", path, **headers)

    def send(self, recipient: User, title: Any = "Hello", **parameters: Any) -> Reply:
        """POST SendAppNotification."""
        body = {"Title": title, "Recipient": f"/systemusers({recipient.pk})"} | parameters
        return self.post("SendAppNotification", body)


def stored() -> list[tuple[Any, ...]]:
    """Return everything that the table holds."""
    names = [field.attname for field in AppNotification._meta.concrete_fields]
    return list(AppNotification.objects.order_by("pk").values_list(*names))
