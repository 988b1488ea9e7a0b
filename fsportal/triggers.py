"""Rules of this app that only database triggers can enforce (fsportal/lib/triggers.py).

An account and its primary contact refer to each other, so one of them is written first: each trigger refuses what
contradicts the other table, and accepts what is missing there, which the foreign key checks at commit.
"""

from fsportal.lib.triggers import Triggers

RULE = "the primary contact must be a contact of the account"
OF_ACCOUNT = "EXISTS (SELECT 1 FROM fsportal_contact WHERE id = NEW.primary_contact_id AND account_id <> NEW.id)"
STAYS = "EXISTS (SELECT 1 FROM fsportal_account WHERE primary_contact_id = NEW.id AND id <> NEW.account_id)"
#: Name of the trigger, its table, the column it watches, and the condition it refuses.
RULES = (
    ("primary_contact_of_account", "fsportal_account", "primary_contact_id", OF_ACCOUNT),
    ("primary_contact_stays", "fsportal_contact", "account_id", STAYS),
)

# These statements contain only the constants above, no value from outside.
SQLITE = [
    f"""CREATE TRIGGER IF NOT EXISTS {name}_{event.split()[0].lower()} BEFORE {event} ON {table} WHEN {wrong}
    BEGIN SELECT RAISE(ABORT, 'constraint failed: {RULE}'); END"""
    for name, table, column, wrong in RULES
    for event in ("INSERT", f"UPDATE OF {column}")
]

# 23514 is check_violation, which Django raises as IntegrityError.
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
