"""Placeholder until the helper's branch lands."""
def validate_no_control(value: str) -> None: ...
def one_line(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit]
