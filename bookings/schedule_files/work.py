"""Work orders, their types and the resources of a file: found, made, changed.

Nothing is written before `statements` are run.
"""

import unicodedata
from collections import Counter, defaultdict
from typing import Any

from django.utils.translation import gettext as _

from bookings.models import IncidentType, Resource, WorkOrder, WorkOrderType
from bookings.schedule_files.columns import CellError
from bookings.schedule_files.reads import Reads
from bookings.schedule_files.rows import ScheduleRow
from fsportal.lib import bulk_rows, keys
from fsportal.lib.bulk_rows import Statement
from fsportal.models import Account, Contact

MINUTE = 60
ADDRESS = ("street", "postal_code", "city", "country")


def name_key(name: str) -> str:
    """Return the key by which names of types and resources are compared, without capitals."""
    return unicodedata.normalize("NFC", name).casefold()


class Work:
    def __init__(self, reads: Reads, rows: list[ScheduleRow]) -> None:
        self.resources = {
            name_key(one.name): one for one in reads.every(Resource.objects.select_related("user").order_by("pk"))
        }
        self.incident_types = {name_key(one.name): one for one in reads.every(IncidentType.objects.order_by("pk"))}
        self.types = {name_key(one.name): one for one in reads.every(WorkOrderType.objects.order_by("pk"))}
        self.resource_by_pk = {one.pk: one for one in self.resources.values()}
        named = reads.fetch(WorkOrder.objects.all(), "number", (row.work_order for row in rows))
        self.orders = {one.number: one for one in named}
        self.first_rows: dict[str, ScheduleRow] = {}
        self._new_key = keys.ascending(len(rows))
        self.made: dict[type[Any], list[Any]] = defaultdict(list)
        self.changed: dict[str, WorkOrder] = {}
        #: Per work order, what a later file changed about it.
        self.details: dict[str, list[str]] = {}

    def resource(self, row: ScheduleRow) -> Resource:
        """Return the technician of a row; a new one gets the zone of their first visit."""
        found = self.resources.get(name_key(row.resource))
        if found is None:
            found = self._add(self.resources, Resource(name=row.resource, time_zone=row.time_zone))
            self.resource_by_pk[found.pk] = found
        return found

    def order(self, row: ScheduleRow, account: Account, reporter: Contact | None) -> WorkOrder:
        """Return the work order of the first row that names it, changed as that row says."""
        self.first_rows[row.work_order] = row
        facts = self._facts(row, account, reporter)
        order = self.orders.get(row.work_order)
        if order is None:
            order = self.orders[row.work_order] = WorkOrder(id=self._new_key(), number=row.work_order, **facts)
            if order.work_order_type is None:
                order.work_order_type = order.incident_type.default_work_order_type
            self.made[WorkOrder].append(order)
            return order
        self._change(order, facts)
        return order

    def check_again(self, row: ScheduleRow, account: Account) -> str:
        """Compare a further row of the same work order with the first; return what differs.

        Raises CellError if even their accounts differ.
        """
        first = self.first_rows[row.work_order]
        if self.orders[row.work_order].account.pk != account.pk:
            raise CellError(
                _("Row %(row)s has this work order for another account. Write another number.") % {"row": first.number}
            )
        said = ("site", "time_zone", "person", "incident_type", "work_order_type", "notes")
        if all(getattr(first, name) == getattr(row, name) for name in said):
            return ""
        return _("Row %(row)s says something else about this work order; what row %(row)s says was taken.") % {
            "row": first.number
        }

    def _facts(self, row: ScheduleRow, account: Account, reporter: Contact | None) -> dict[str, Any]:
        kind = self._type(row.work_order_type) if row.work_order_type else None
        facts = {
            "account": account,
            "incident_type": self._incident_type(row, kind),
            "reported_by": reporter,
            "time_zone": row.time_zone,
            **row.site,
        }
        # Columns that the file leaves out stay as they are.
        return facts | ({"work_order_type": kind} if kind else {}) | ({} if row.notes is None else {"notes": row.notes})

    def _change(self, order: WorkOrder, facts: dict[str, Any]) -> None:
        for name, value in {**facts, **_place(order, facts)}.items():
            if name == "time_zone" and not order.time_zone and value == facts["account"].time_zone:
                continue  # it has its account's zone, and may keep it
            attribute = WorkOrder._meta.get_field(name).attname  # type: ignore[union-attr]
            new = value.pk if hasattr(value, "pk") else value
            if getattr(order, attribute) != new:
                self.changed[order.number] = order
                self.details.setdefault(order.number, []).append(name)
            setattr(order, name, value)

    def _type(self, name: str) -> WorkOrderType:
        return self.types.get(name_key(name)) or self._add(self.types, WorkOrderType(name=name))

    def _incident_type(self, row: ScheduleRow, kind: WorkOrderType | None) -> IncidentType:
        found = self.incident_types.get(name_key(row.incident_type))
        if found is None:
            new = IncidentType(name=row.incident_type, default_work_order_type=kind)
            if not row.keeps_length:
                new.duration_minutes = max(1, round((row.end - row.start).total_seconds() / MINUTE))
            found = self._add(self.incident_types, new)
        return found

    def _add(self, known: dict[str, Any], new: Any) -> Any:
        known[name_key(new.name)] = new
        self.made[type(new)].append(new)
        return new

    def statements(self) -> list[Statement]:
        """Prepare what was made and changed; accounts and contacts must be written first."""
        made = [bulk_rows.insert(self.made[model]) for model in (WorkOrderType, IncidentType, Resource, WorkOrder)]
        return made + bulk_rows.updates((one, self.details[one.number]) for one in self.changed.values())

    def counts(self) -> Counter[str]:
        names = {
            WorkOrder: "work_orders_made",
            Resource: "resources_made",
            IncidentType: "incident_types_made",
            WorkOrderType: "work_order_types_made",
        }
        made = Counter({name: len(self.made[model]) for model, name in names.items()})
        return made + Counter({"work_orders_changed": len(self.changed)})


def _place(order: WorkOrder, facts: dict[str, Any]) -> dict[str, Any]:
    """Return what a file's address means for the coordinates of a work order.

    Those that a geocoder found stay if the file has none, as long as the address is the same: otherwise each import of
    the same file would change something.
    """
    moved = any(facts.get(name, getattr(order, name)) != getattr(order, name) for name in ADDRESS)
    if facts.get("latitude") is not None:
        return {"place_source": "", "place_until": None} if order.place_source else {}
    if not order.place_source:
        return {"place_key": ""} if moved and order.place_key else {}
    if moved:
        return {"latitude": None, "longitude": None, "place_key": "", "place_source": "", "place_until": None}
    return {"latitude": order.latitude, "longitude": order.longitude}
