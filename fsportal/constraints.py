"""Rules of the ground floor that only triggers can keep (fsportal/lib/triggers.py).

An account and its primary contact name each other, so one of them is always written first: each trigger refuses what
contradicts the other table, never what is not there yet (a foreign key looks after that at the commit).
"""

from fsportal.lib.triggers import Triggers

RULE = "the primary contact must be a contact of the account"
OF_ACCOUNT = "EXISTS (SELECT 1 FROM fsportal_contact WHERE id = NEW.primary_contact_id AND account_id <> NEW.id)"
STAYS = "EXISTS (SELECT 1 FROM fsportal_account WHERE primary_contact_id = NEW.id AND id <> NEW.account_id)"
#: Name of the rule, its table, the columns whose change is looked at, and what must not be.
RULES = (
    ("primary_contact_of_account", "fsportal_account", "primary_contact_id", OF_ACCOUNT),
    ("primary_contact_stays", "fsportal_contact", "account_id", STAYS),
)

# No value from outside is in these statements, only the constants above.
SQLITE = [
    f"""CREATE TRIGGER IF NOT EXISTS {name}_{event.split()[0].lower()} BEFORE {event} ON {table} WHEN {wrong}
    BEGIN SELECT RAISE(ABORT, 'constraint failed: {RULE}'); END"""
    for name, table, column, wrong in RULES
    for event in ("INSERT", f"UPDATE OF {column}")
]

# 23514 is check_violation, which Django hands on as IntegrityError.
POSTGRESQL = [
    statement
    for name, table, column, wrong in RULES
    for statement in (
        f"""CREATE OR REPLACE FUNCTION fsportal_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF {wrong} THEN
            RAISE EXCEPTION '{RULE}' USING ERRCODE = '23514';
          END IF;
          RETURN NEW;
        END $$""",
        f"""CREATE OR REPLACE TRIGGER {name} BEFORE INSERT OR UPDATE OF {column} ON {table}
        FOR EACH ROW EXECUTE FUNCTION fsportal_{name}()""",
    )
]


TRIGGERS = Triggers(frozenset({"fsportal_account", "fsportal_contact"}), tuple(SQLITE), tuple(POSTGRESQL))
