"""django-allauth's limits and marks of used tokens, kept in our own table instead of the cache.

Its ways into the cache are private functions, and there is no setting for them. `install` refuses to start with a
release that has others; tests/portal/sign_in/test_limits.py shows that they are the ones that are called.
"""

import math
import time
from typing import Any

from allauth.core.exceptions import RateLimited
from allauth.core.internal import ratelimit
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from fsportal.lib import tallies
from portal.sign_in import trail

LIMIT, TOKEN = "sign-in", "identity-token"
REPLACED = {ratelimit: ("_consume_single_rate", "clear"), jwtkit: ("verify_jti",)}
#: Longer than any identity provider lets a token live.
LONGEST_TOKEN = 24 * 3600


class _Taken(ratelimit.SingleRateLimitUsage):  # type: ignore[misc]  # allauth ships no types
    def rollback(self) -> None:
        tallies.give_back(LIMIT, self.cache_key)


def install() -> None:
    for module, names in REPLACED.items():
        if missing := [name for name in names if not callable(getattr(module, name, None))]:
            raise ImproperlyConfigured(f"{module.__name__} of this django-allauth has no {', '.join(missing)}")
    ratelimit._consume_single_rate = _consume  # noqa: SLF001
    ratelimit.clear = _clear
    jwtkit.verify_jti = _refuse_replay


def _consume(
    request: HttpRequest, *, rate: Any, dry_run: bool = False, raise_exception: bool = False, **of: Any
) -> _Taken | None:
    key = ratelimit.get_cache_key(request, rate=rate, **of)
    # django-allauth leaves GET alone, and forgets HEAD.
    if dry_run or request.method == "HEAD":
        wait = tallies.wait(LIMIT, key, most=rate.amount)
    else:
        wait = tallies.take(LIMIT, key, most=rate.amount, seconds=math.ceil(rate.duration))
    if not wait:
        return _Taken(cache_key=key, cache_duration=rate.duration, timestamp=time.time())
    if not dry_run and request.method != "HEAD":
        trail.limited(of.get("action", ""))
    if raise_exception:
        raise RateLimited
    return None


def _clear(
    request: HttpRequest, *, app: str, action: str, config: Any = None, key: Any = None, user: Any = None
) -> None:
    """Forget what is counted against a person who was right; of their address take back only the one try.

    Otherwise somebody with an account of their own could guess others' passwords without end, signing in in between.
    """
    for rate in ratelimit.get_rates(app=app, action=action, config=config):
        counted = ratelimit.get_cache_key(request, app=app, action=action, rate=rate, key=key, user=user)
        (tallies.give_back if rate.per == "ip" else tallies.forget)(LIMIT, counted)


def _refuse_replay(data: dict[str, Any]) -> None:
    """Let each token of an identity provider sign in once."""
    if data.get("iss") is None or data.get("exp") is None or data.get("jti") is None:
        return
    left = min(max(1, math.ceil(data["exp"] - time.time())), LONGEST_TOKEN)
    if not tallies.is_first(TOKEN, f"{data['iss']} {data['jti']}", seconds=left):
        raise OAuth2Error("token already used")
