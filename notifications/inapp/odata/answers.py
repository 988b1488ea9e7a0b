"""An answer on its way out: JSON text and the headers that OData asks for, of a request or of a part of a batch."""

import json

from notifications.inapp.odata.call import Answer


def body_of(answer: Answer) -> str:
    """Return the text of an answer."""
    if answer.json is not None:
        return json.dumps(answer.json, ensure_ascii=False, separators=(",", ":"))
    return answer.text


def headers_of(answer: Answer, level: str) -> dict[str, str]:
    """Return an answer's headers; `level` is that of the control information in it."""
    made = {"OData-Version": "4.0"}
    if answer.json is not None:
        made["Content-Type"] = f"application/json; odata.metadata={level}; charset=utf-8"
    elif answer.content_type:
        is_mixed = answer.content_type.startswith("multipart/")
        made["Content-Type"] = answer.content_type if is_mixed else f"{answer.content_type}; charset=utf-8"
    return made | answer.headers
