"""Rules of bookings that only triggers can keep (fsportal/lib/triggers.py)."""

from fsportal.lib.triggers import Triggers

RULE = "reported-by must be a contact of the account that the work order is for"

# No value from outside is in these statements, only the constant above.
SQLITE = [
    f"""CREATE TRIGGER IF NOT EXISTS reported_by_of_account_{event.split()[0].lower()}
    BEFORE {event} ON bookings_workorder WHEN NEW.reported_by_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM fsportal_contact WHERE id = NEW.reported_by_id AND account_id = NEW.account_id)
    BEGIN SELECT RAISE(ABORT, 'constraint failed: {RULE}'); END"""  # noqa: S608
    for event in ("INSERT", "UPDATE OF reported_by_id, account_id")
] + [
    f"""CREATE TRIGGER IF NOT EXISTS reporter_stays_with_account BEFORE UPDATE OF account_id ON fsportal_contact
    WHEN EXISTS (SELECT 1 FROM bookings_workorder WHERE reported_by_id = NEW.id AND account_id <> NEW.account_id)
    BEGIN SELECT RAISE(ABORT, 'constraint failed: {RULE}'); END"""  # noqa: S608
]

# 23514 is check_violation, which Django hands on as IntegrityError.
POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION bookings_reported_by_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.reported_by_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM fsportal_contact WHERE id = NEW.reported_by_id AND account_id = NEW.account_id) THEN
        RAISE EXCEPTION '{RULE}' USING ERRCODE = '23514';
      END IF;
      RETURN NEW;
    END $$""",  # noqa: S608
    """CREATE OR REPLACE TRIGGER reported_by_of_account
    BEFORE INSERT OR UPDATE OF reported_by_id, account_id ON bookings_workorder
    FOR EACH ROW EXECUTE FUNCTION bookings_reported_by_of_account()""",
    f"""CREATE OR REPLACE FUNCTION bookings_reporter_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM bookings_workorder WHERE reported_by_id = NEW.id AND account_id <> NEW.account_id) THEN
        RAISE EXCEPTION '{RULE}' USING ERRCODE = '23514';
      END IF;
      RETURN NEW;
    END $$""",  # noqa: S608
    """CREATE OR REPLACE TRIGGER reporter_stays_with_account BEFORE UPDATE OF account_id ON fsportal_contact
    FOR EACH ROW EXECUTE FUNCTION bookings_reporter_stays()""",
]


TRIGGERS = Triggers(frozenset({"bookings_workorder", "fsportal_contact"}), tuple(SQLITE), tuple(POSTGRESQL))
