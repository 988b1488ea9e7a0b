"""The demo's visits, relative to today: some in every state, some that moved, some that nobody is told of."""

import datetime as dt
from dataclasses import dataclass

from fsportal.lib import zones


@dataclass(frozen=True)
class Visit:
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
    Visit("on-the-way", "obrien", BOILER, OMAR, minutes=25, verbs=("travel",), notes=LOFT, said=BELL),
    Visit("at-work", "markup", LEAK, GRACE, minutes=-40, verbs=("travel", "start_work")),
    Visit("on-a-break", "berlin", AIR, JUERGEN, minutes=-70, verbs=("travel", "start_work", "pause")),
    Visit("late", "newyork", LEAK, MARIA, minutes=-20),
    Visit("done-today", "green", BOILER, OMAR, minutes=-180, verbs=DONE),
    # To come
    Visit("later-today", "markup", LEAK, OMAR, minutes=135, notes="Ask for the caretaker at the desk."),
    Visit("last-today", "green", AIR, OMAR, minutes=270),
    Visit("tomorrow", "obrien", LEAK, GRACE, 1, TEN_TWENTY),
    Visit("tomorrow-berlin", "berlin", BOILER, JUERGEN, 1, NINE),
    Visit("tomorrow-new-york", "newyork", AIR, MARIA, 1, HALF_TWO),
    Visit("dubai", "dubai", AIR, OMAR, 2, NINE),
    Visit("haifa", "haifa", BOILER, GRACE, 2, HALF_TWO),
    Visit("lord-howe", "howe", EMERGENCY, MARIA, 3, TEN_TWENTY),
    Visit("moved", "paris", LEAK, JUERGEN, 3, TEN_TWENTY, moved_by=45),
    Visit("moved-a-little", "green", AIR, OMAR, 4, NINE, moved_by=8),
    Visit("called-off", "obrien", AIR, GRACE, 5, NINE, canceled="The customer is on holiday"),
    Visit("next-week", "obrien", BOILER, OMAR, 8, HALF_TWO),
    Visit("next-month", "paris", BOILER, JUERGEN, 30, NINE),
    # Nobody is told
    Visit("excluded-account", "quiet", BOILER, OMAR, 2, TEN_TWENTY),
    Visit("excluded-type", "markup", AUDIT, GRACE, 2, NINE),
    Visit("no-contact", "nobody", EMERGENCY, OMAR, 1, HALF_TWO),
    # Past
    Visit("yesterday", "obrien", EMERGENCY, OMAR, -1, TEN_TWENTY, verbs=DONE),
    Visit("two-days-ago", "dubai", BOILER, OMAR, -2, NINE, verbs=DONE),
    Visit("last-week", "newyork", LEAK, MARIA, -7, TEN_TWENTY, verbs=DONE),
    Visit("last-month", "obrien", BOILER, GRACE, -30, HALF_TWO, verbs=DONE),
    Visit("never-happened", "berlin", LEAK, JUERGEN, -3, NINE, verbs=("cancel",)),
)
