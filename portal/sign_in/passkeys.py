"""Where passkeys work: browsers bind them to a host name, and do not offer them at an IP address."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port


def work_here(request: HttpRequest) -> bool:
    """Tell whether a browser would make or use a passkey at the address of this request."""
    host, _port = split_domain_port(request.get_host())
    if _is_number(host):
        return False
    # Browsers trust the machine's own name without TLS.
    return request.is_secure() or host == "localhost" or host.endswith(".localhost")


def named_address(request: HttpRequest) -> str:
    """Return the portal's origin by name (localhost) if the request came to a loopback IP address; or ""."""
    host, port = split_domain_port(request.get_host())
    if not _is_number(host) or not ipaddress.ip_address(host.strip("[]")).is_loopback:
        return ""
    if "localhost" not in settings.ALLOWED_HOSTS:
        return ""
    return f"{request.scheme}://localhost:{port}" if port else f"{request.scheme}://localhost"


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
