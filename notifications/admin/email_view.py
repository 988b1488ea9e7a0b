"""The HTML of an email for a frame of the Settings area.

Emails cannot do without styles in the markup, and the pages here must not have any. So the HTML has an address of its
own, whose policy allows such styles and nothing else: no scripts, no forms, no origin, no address but our own for the
logo. A srcdoc would inherit the policy of the page around it, and show the email without its looks.
"""

import re

from django.conf import settings
from django.http import HttpResponse

POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
DARK = "(prefers-color-scheme: dark)"
COLOUR_SCHEMES = re.compile(r'(<meta name="(?:supported-)?color-schemes?" content=")[^"]*(">)')
LINK = re.compile(r"(<a\b[^>]*?)\shref=(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE)


def sandboxed(html: str, *, dark: bool = False) -> HttpResponse:
    """Return an email as a frame shows it, as a mail program in light or dark colours does, with links that are dead.

    The query for dark colours is answered here: a frame cannot be given another colour scheme than the browser's.
    """
    html = html.replace(DARK, "all" if dark else "not all")
    html = COLOUR_SCHEMES.sub(rf"\1{'dark' if dark else 'light'}\2", html)
    # The logo has the customers' address. Here it comes from the address by which the Settings area was reached.
    html = html.replace(f'src="{settings.SITE_URL}/', 'src="/')
    response = HttpResponse(without_links(html))
    response["Content-Security-Policy"] = POLICY
    return response


def without_links(html: str) -> str:
    """Return HTML whose links lead nowhere: in a frame they would replace what it shows."""
    return LINK.sub(r"\1", html)
