"""The name of whoever works here is one line of text, without anything that cannot be seen.

What cannot be seen is taken out of the names that there are. Two usernames that differ in nothing else stop the
migration: a person has to say which of them stays.
"""

from django.db import migrations

from core.lines import lines
from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("core", "0016_verifications"),)

    operations = (
        SqlFile("core", "line"),
        Sql(
            "UPDATE core_staff_user SET username = core_line(username), email = core_line(email), "
            "first_name = core_line(first_name), last_name = core_line(last_name) "
            "WHERE NOT core_is_line(concat_ws(' ', username, email, first_name, last_name))"
        ),
        migrations.AddConstraint(
            "staffuser",
            lines(
                "username", "first_name", "last_name", "email", name="who_works_here_is_written_in_a_line"
            ),
        ),
    )
