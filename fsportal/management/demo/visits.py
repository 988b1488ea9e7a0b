"""The demo's visits, relative to today: in every state, moved ones, and ones that nobody is told of."""

import datetime as dt
from dataclasses import dataclass

from fsportal.lib import zones


@dataclass(frozen=True)
class DemoVisit:
    """One visit. `day` counts from today and `at` is the wall time of the site; or `minutes` counts from now.

    `verbs` lead to its state. `moved_by` (minutes) and `canceled` come after its reminder, so the customer is told.
    `notes` are for the technician, `said` is what the customer wrote.
    """

    key: str
    site: str
    service: str
    technician: str
    day: int = 0
    at: dt.time | None = None
    minutes: int = 0
    verbs: tuple[str, ...] = ()
    moved_by: int = 0
    canceled: str = ""
    notes: str = ""
    said: str = ""

    def start(self, now: dt.datetime, zone_name: str) -> dt.datetime:
        """Return when it starts (UTC), whole minutes."""
        if self.at is None:
            return (now + dt.timedelta(minutes=self.minutes)).replace(second=0, microsecond=0)
        day = zones.local(now, zone_name).date() + dt.timedelta(days=self.day)
        return zones.local_to_utc(dt.datetime.combine(day, self.at), zone_name)


OMAR, GRACE, JUERGEN, MARIA = "Omar Haddad", "Grace O'Malley", "Jürgen Weiß", "María-José Carreño Quiñones"
BOILER, LEAK, AIR = "Boiler service", "Leak repair", "Air-conditioning check"
EMERGENCY, AUDIT = "Heating & hot water – emergency", "Safety audit"
NINE, TEN_TWENTY, HALF_TWO = dt.time(9), dt.time(10, 20), dt.time(13, 30)
LOFT, BELL = (
    "Boiler in the loft, ladder in the hall cupboard.",
    "The bell is broken, please knock. The dog is friendly.",
)
#: Without *travel*: its message would be one of a technician who is long gone.
DONE = ("start_work", "complete")

VISITS = (
    # Now
    DemoVisit("on-the-way", "obrien", BOILER, OMAR, minutes=25, verbs=("travel",), notes=LOFT, said=BELL),
    DemoVisit("at-work", "markup", LEAK, GRACE, minutes=-40, verbs=("travel", "start_work")),
    DemoVisit("on-a-break", "berlin", AIR, JUERGEN, minutes=-70, verbs=("travel", "start_work", "pause")),
    DemoVisit("late", "newyork", LEAK, MARIA, minutes=-20),
    DemoVisit("done-today", "green", BOILER, OMAR, minutes=-180, verbs=DONE),
    # To come
    DemoVisit("later-today", "markup", LEAK, OMAR, minutes=135, notes="Ask for the caretaker at the desk."),
    DemoVisit("last-today", "green", AIR, OMAR, minutes=270),
    DemoVisit("tomorrow", "obrien", LEAK, GRACE, 1, TEN_TWENTY),
    DemoVisit("tomorrow-berlin", "berlin", BOILER, JUERGEN, 1, NINE),
    DemoVisit("tomorrow-new-york", "newyork", AIR, MARIA, 1, HALF_TWO),
    DemoVisit("dubai", "dubai", AIR, OMAR, 2, NINE),
    DemoVisit("haifa", "haifa", BOILER, GRACE, 2, HALF_TWO),
    DemoVisit("lord-howe", "howe", EMERGENCY, MARIA, 3, TEN_TWENTY),
    DemoVisit("moved", "paris", LEAK, JUERGEN, 3, TEN_TWENTY, moved_by=45),
    DemoVisit("moved-a-little", "green", AIR, OMAR, 4, NINE, moved_by=8),
    DemoVisit("called-off", "obrien", AIR, GRACE, 5, NINE, canceled="The customer is on holiday"),
    DemoVisit("next-week", "obrien", BOILER, OMAR, 8, HALF_TWO),
    DemoVisit("next-month", "paris", BOILER, JUERGEN, 30, NINE),
    # Nobody is told
    DemoVisit("excluded-account", "quiet", BOILER, OMAR, 2, TEN_TWENTY),
    DemoVisit("excluded-type", "markup", AUDIT, GRACE, 2, NINE),
    DemoVisit("no-contact", "nobody", EMERGENCY, OMAR, 1, HALF_TWO),
    # Past
    DemoVisit("yesterday", "obrien", EMERGENCY, OMAR, -1, TEN_TWENTY, verbs=DONE),
    DemoVisit("two-days-ago", "dubai", BOILER, OMAR, -2, NINE, verbs=DONE),
    DemoVisit("last-week", "newyork", LEAK, MARIA, -7, TEN_TWENTY, verbs=DONE),
    DemoVisit("last-month", "obrien", BOILER, GRACE, -30, HALF_TWO, verbs=DONE),
    DemoVisit("never-happened", "berlin", LEAK, JUERGEN, -3, NINE, verbs=("cancel",)),
)
