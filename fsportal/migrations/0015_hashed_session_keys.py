"""Keys of sessions are stored as hashes (fsportal/lib/sessions.py). Whoever is signed in stays so."""

from django.db import migrations

#: By vendor. Django gives SQLite the function; a key has 32 characters, its hash 40.
HASH = {
    'sqlite': "substr(sha256(session_key), 1, 40)",
    'postgresql': "substr(encode(sha256(convert_to(session_key, 'UTF8')), 'hex'), 1, 40)",
}


def hash_keys(apps, schema_editor):
    for table in ('django_session', 'usersessions_usersession'):
        schema_editor.execute(
            f'UPDATE {table} SET session_key = {HASH[schema_editor.connection.vendor]} WHERE length(session_key) <> 40'
        )


class Migration(migrations.Migration):

    dependencies = [
        ('fsportal', '0014_tallies'),
        ('sessions', '0001_initial'),
        ('usersessions', '0001_initial'),
    ]

    operations = [
        # There is no way back from a hash: going back signs everybody out.
        migrations.RunPython(hash_keys, migrations.RunPython.noop),
    ]
