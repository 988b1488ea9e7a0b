"""Reading JSON that may be anything."""

from typing import Any


def dig(data: Any, *names: str) -> Any:
    """Return what lies under these names, one below the other; None when it does not."""
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def text(data: Any, name: str) -> str:
    """Return the text under this name, or an empty one."""
    value = dig(data, name)
    return value if isinstance(value, str) else ""
