"""Headers that OData gives a meaning: Accept, Prefer, OData-Version, If-Match."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fsportal.models import User
from notifications.web_api.errors import BAD_QUERY, ODataError, denied, invalid

LEVELS = ("none", "minimal", "full")
LARGEST_PAGE = 5000
#: Dataverse's headers for acting on behalf of another user.
IMPERSONATION = ("MSCRMCallerID", "CallerObjectId")
_VERSION = re.compile(r"(\d)\.(\d{1,2})")
_PREFERENCE = re.compile(r'([A-Za-z.\-]+)(?:\s*=\s*("[^"]*"|[^,;\s]*))?')


def check_versions(headers: Mapping[str, str]) -> None:
    """Raise 400 for a client that cannot read OData 4.0 or writes another version."""
    most = headers.get("odata-maxversion")
    if most is not None and _version(most, "OData-MaxVersion") < (4, 0):
        raise invalid(f"The OData-MaxVersion is {most}; this service answers in 4.0.", BAD_QUERY)
    written = headers.get("odata-version")
    if written is not None and not (4, 0) <= _version(written, "OData-Version") <= (4, 1):
        raise invalid(f"The OData-Version is {written}; this service reads 4.0.", BAD_QUERY)


def refuse_impersonation(headers: Mapping[str, str], user: User) -> None:
    """Raise 403 for a request on behalf of another user; ignored, it would be done as the token's user."""
    for name in IMPERSONATION:
        wanted = headers.get(name.lower(), "").strip("{} ").lower()
        if wanted not in ("", str(user.pk)):
            raise denied(f"Acting for another user ({name}) is not possible; use a token of that user.")


def _version(text: str, header: str) -> tuple[int, int]:
    match = _VERSION.match(text.strip())
    if not match:
        raise invalid(f"The header {header} is '{text[:20]}'; it takes a version such as 4.0.", BAD_QUERY)
    # 4.01 is 4.1 written another way.
    return int(match[1]), int(match[2])


def metadata_level(accept: str) -> str:
    """Return the level of control information that an Accept header asks for; raises 406 if it takes no JSON."""
    if not accept.strip():
        return "minimal"
    for kind in accept.split(","):
        name, *parameters = (part.strip().lower() for part in kind.split(";"))
        if name not in ("application/json", "application/*", "*/*", "json") or "q=0" in parameters:
            continue
        level = next((part.partition("=")[2] for part in parameters if part.startswith("odata.metadata=")), "minimal")
        if level in LEVELS:
            return level
    raise ODataError(406, BAD_QUERY, f"Accept is '{accept[:80]}'; this service answers in application/json.")


def content_charset(content_type: str) -> str:
    """Return the charset that a content type names, in lower case; empty when it names none."""
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


@dataclass(frozen=True)
class Preferences:
    """The preferences of a Prefer header that mean something here."""

    page_size: int | None = None
    annotations: str = ""
    representation: bool = False
    continue_on_error: bool = False

    @classmethod
    def parse(cls, header: str) -> "Preferences":
        """Read the header; unknown preferences are ignored (RFC 7240). Raises 400 for a wrong page size."""
        # Of a preference that comes twice, the first counts.
        found = reversed(_PREFERENCE.findall(header[:1000]))
        asked = {name.lower(): value.strip('"') for name, value in found}

        def value(name: str) -> str | None:
            return asked.get(f"odata.{name}", asked.get(name))

        size = value("maxpagesize")
        if size is not None and not (size.isascii() and size.isdecimal() and 0 < int(size[:10]) < 2**31):
            raise invalid(f"odata.maxpagesize is '{size[:20]}'; it takes a number from 1 to {LARGEST_PAGE}.", BAD_QUERY)
        going_on = value("continue-on-error")
        return cls(
            page_size=min(int(size), LARGEST_PAGE) if size else None,
            annotations=value("include-annotations") or "",
            representation=asked.get("return") == "representation",
            continue_on_error=going_on is not None and going_on != "false",
        )

    def wants(self, annotation: str) -> bool:
        """Tell whether an annotation was asked for: by name, by a pattern that ends in *, or not excluded by -name."""
        wanted = False
        for term in (term.strip() for term in self.annotations.split(",")):
            pattern = term.removeprefix("-")
            fits = annotation.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == annotation
            if pattern and fits:
                wanted = not term.startswith("-")
        return wanted

    def applied(self, *, page: bool = False, representation: bool = False) -> str:
        """Return the header Preference-Applied; empty if nothing was applied."""
        applied = []
        if page and self.page_size:
            applied.append(f"odata.maxpagesize={self.page_size}")
        if self.annotations and (page or representation):
            applied.append(f'odata.include-annotations="{self.annotations}"')
        if representation and self.representation:
            applied.append("return=representation")
        return ", ".join(applied)


def matches(header: str, etag: str) -> bool:
    """Tell whether an If-Match or If-None-Match header names `etag` (weak comparison) or anything (`*`)."""
    wanted = etag.removeprefix("W/")
    return any(one.strip() == "*" or one.strip().removeprefix("W/") == wanted for one in header.split(","))
