"""Errors in an app notification that somebody wants to send."""


class InvalidParameter(ValueError):
    """A parameter has a value that it does not allow; the message says which, what it got and what it allows.

    `parameter` is its name in the Web API ("Title", "Actions.actions[0].data.url").
    """

    def __init__(self, parameter: str, problem: str) -> None:
        self.parameter, self.problem = parameter, problem
        super().__init__(f"The parameter '{parameter}' {problem}")


class MissingPrivilege(PermissionError):
    """A user may not do that; the message names the privilege and its level."""


def shown(value: object) -> str:
    """Return a value for an error message: roughly as JSON, shortened, and encodable."""
    text = repr(value) if not isinstance(value, str) else f"'{value}'"
    text = text.encode("utf-8", "backslashreplace").decode()
    text = {"True": "true", "False": "false", "None": "null"}.get(text, text)
    return text if len(text) <= 60 else text[:57] + "…"
