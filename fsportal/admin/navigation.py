"""The navigation of the Settings area: jobs with their pages, where one is, and how much needs somebody."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

#: Seconds for which pages other than the index repeat the numbers. They are the same for everybody; who may see which
#: is decided for each page.
REMEMBERED = 30
KEY = "settings-area-attention"


@dataclass(frozen=True)
class Attention:
    """Something that waits for a person: a line of the index, and part of the number beside a job.

    `elsewhere` is counted on other pages than the index, if the number itself is dear.
    """

    job: str
    permission: str
    number: Callable[[], int]
    words: Callable[[int], str]
    address: Callable[[], str]
    tone: str = "attention"
    elsewhere: Callable[[], int] | None = None

    def count(self, *, on_index: bool) -> int:
        return self.number() if on_index or self.elsewhere is None else self.elsewhere()


@dataclass(frozen=True)
class AttentionLine:
    """One line of *What needs somebody*."""

    job: str
    number: int
    words: str
    url: str
    tone: str


@dataclass(frozen=True)
class PageLink:
    """A page or a list. `current` is the value of aria-current: "page" on it, "true" below it."""

    name: Any
    url: str
    says: Any = ""
    current: str = ""


@dataclass(frozen=True)
class JobLink:
    """A job of the navigation: it leads to its first page, and shows all of them while one is open."""

    slug: str
    name: Any
    icon: str
    links: tuple[PageLink, ...]
    attention: int = 0

    @property
    def url(self) -> str:
        return self.links[0].url

    @property
    def current(self) -> str:
        """Return the value of aria-current: if there is a list of pages, the page itself is marked in it."""
        if not self.is_open:
            return ""
        return "true" if len(self.links) > 1 else self.links[0].current

    @property
    def is_open(self) -> bool:
        return any(link.current for link in self.links)


@dataclass(frozen=True)
class NavigationSection:
    """Jobs below one heading; the first section has none."""

    name: Any
    jobs: tuple[JobLink, ...]


def sections(groups: Iterable[dict[str, Any]], path: str, lines: Iterable[AttentionLine]) -> list[NavigationSection]:
    """Return the navigation of somebody who sees these groups (`SettingsSite.get_app_list`) and is at this path."""
    numbers: dict[str, int] = {}
    for line in lines:
        numbers[line.job] = numbers.get(line.job, 0) + line.number
    here = _nearest(groups := list(groups), path)
    found: dict[str, tuple[Any, list[JobLink]]] = {}
    for group in groups:
        links = tuple(_link(name, url, says, path, here) for name, url, says in _pages(group))
        if links:
            job = JobLink(group["app_label"], group["name"], group["icon"], links, numbers.get(group["app_label"], 0))
            found.setdefault(str(group["section"]), (group["section"], []))[1].append(job)
    return [NavigationSection(name, tuple(jobs)) for name, jobs in found.values()]


def _pages(group: dict[str, Any]) -> list[tuple[Any, str, Any]]:
    """Return names, addresses and explanations: the lists first, as a job leads to its first page."""
    lists = [(row["name"], row["admin_url"], "") for row in group["models"] if row["admin_url"]]
    return [*lists, *((page["name"], page["url"], page["page"].says) for page in group["pages"])]


def _nearest(groups: list[dict[str, Any]], path: str) -> str:
    """Return the address of the page that this path is, or is below of; of several the longest."""
    addresses = [url for group in groups for _name, url, _says in _pages(group) if path.startswith(url)]
    return max(addresses, key=len, default="")


def _link(name: Any, url: str, says: Any, path: str, here: str) -> PageLink:
    return PageLink(name, url, says, ("page" if path == url else "true") if url == here else "")


def page_name(found: Iterable[NavigationSection]) -> Any:
    """Return what the navigation calls the page that is open, or "" on pages below it and elsewhere."""
    links = (link for section in found for job in section.jobs for link in job.links)
    return next((link.name for link in links if link.current == "page"), "")


def attention_lines(request: HttpRequest, all_of_them: Iterable[Attention], *, on_index: bool) -> list[AttentionLine]:
    """Return what waits, of what this user may see. The index counts again; elsewhere numbers may be REMEMBERED old."""
    seen = [one for one in all_of_them if request.user.has_perm(one.permission)]
    if not seen:
        return []
    kept = {} if on_index else cache.get(KEY, {})
    numbers = kept | {_key(one): one.count(on_index=on_index) for one in seen if _key(one) not in kept}
    if numbers != kept:
        cache.set(KEY, numbers, REMEMBERED)
    return [
        AttentionLine(one.job, number, one.words(number), one.address(), one.tone)
        for one in seen
        if (number := numbers[_key(one)])
    ]


def _key(one: Attention) -> str:
    return f"{one.job}:{one.number.__module__}.{one.number.__name__}"


#: The job of models that no group names yet, so that they are not lost.
MORE = {"name": _("More"), "app_label": "more", "app_url": "", "icon": "more", "section": _("Company"), "pages": []}
