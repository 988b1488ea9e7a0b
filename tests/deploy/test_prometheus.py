"""The alert rules: every metric that they name is one of ours, and the page of what to watch names it, too."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fsportal.metrics import exposition
from fsportal.models import WorkerHeartbeat

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "deploy" / "prometheus-rules.yml").read_text()
WATCHED = (ROOT / "docs" / "monitoring.md").read_text()
METRIC = re.compile(r"\bportal_[a-z_]+")


def base(name: str) -> str:
    return re.sub(r"_(bucket|count|created|sum)$", "", name)


@pytest.mark.django_db
def test_rules_and_page_name_metrics_that_there_are() -> None:
    WorkerHeartbeat.beat()
    ours = {base(family.name) for family in text_string_to_metric_families(exposition.text().decode())}
    named = {base(name) for name in METRIC.findall(RULES)}
    assert named
    assert named <= ours
    told = {base(name) for name in METRIC.findall(WATCHED)}
    assert told <= ours
    assert ours - told <= {"portal_collect_seconds"}


def test_every_alert_has_a_severity_and_a_sentence() -> None:
    alerts = RULES.split("- alert: ")[1:]
    assert len(alerts) >= 10
    for alert in alerts:
        assert re.search(r"severity: (page|ticket)\}", alert), alert
        assert re.search(r'summary: "[^"]+\."\}', alert), alert
