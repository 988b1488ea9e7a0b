"""The breadcrumbs of the Settings area."""

from dataclasses import dataclass

from django import template
from django.db.models import Model
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.text import Truncator

register = template.Library()

#: Names under which Django's pages and ours have the record that they are about.
RECORD = ("original", "object", "record")


@dataclass(frozen=True)
class Crumb:
    name: str
    url: str = ""


@register.simple_tag(takes_context=True)
def crumbs(context: Context) -> list[Crumb]:
    """Return the way to this page: job, list, record, and what the page does, the last without a link."""
    path, title = context["request"].path, str(context.get("title") or "")
    way = _job_and_list(context)
    if not way:
        return [Crumb(title)]
    if way[-1].url != path:
        record = next((one for name in RECORD if isinstance(one := context.get(name), Model) and one.pk), None)
        if record is not None:
            way.append(Crumb(Truncator(str(record)).words(18), _page_of(record)))
        if way[-1].url != path and title:
            way.append(Crumb(title))
    return [*way[:-1], Crumb(way[-1].name)]


def _job_and_list(context: Context) -> list[Crumb]:
    jobs = [job for section in context.get("navigation") or () for job in section.jobs if job.is_open]
    return [
        Crumb(str(one.name), one.url)
        for job in jobs
        for link in job.links
        if link.current
        for one in ([link] if job.name == link.name else [job, link])
    ]


def _page_of(record: Model) -> str:
    meta = record._meta
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])
    except NoReverseMatch:
        return ""
