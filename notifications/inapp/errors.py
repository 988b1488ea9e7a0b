"""What is wrong with a notification that somebody wants to send: which parameter, what it got, what it allows."""


class InvalidParameter(ValueError):
    """A parameter has a value that it does not allow; the message names all three for the sender.

    `parameter` is the name as the Web API spells it ("Title", "Actions.actions[0].data.url").
    """

    def __init__(self, parameter: str, problem: str) -> None:
        self.parameter, self.problem = parameter, problem
        super().__init__(f"The parameter '{parameter}' {problem}")


class MissingPrivilege(PermissionError):
    """The sender may not do that; the message names the privilege and at which level."""


def shown(value: object) -> str:
    """Return a value for an error message: its JSON-like spelling, shortened, and in characters that can be written."""
    text = repr(value) if not isinstance(value, str) else f"'{value}'"
    text = text.encode("utf-8", "backslashreplace").decode()
    text = {"True": "true", "False": "false", "None": "null"}.get(text, text)
    return text if len(text) <= 60 else text[:57] + "…"
