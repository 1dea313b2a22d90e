"""Names of partners, of their people and of their systems are one line of text, without anything that cannot be
seen; a director is 18 or older.

What cannot be seen is taken out of the names that there are. Two names that differ in nothing else where each must be
another one stop the migration: a person has to say which is which. Directors from before are held to their age when
their birth date changes.
"""

from django.db import migrations

from core.lines import lines
from core.operations import Sql, SqlFile

NAMED = (
    ("partner", "a_partners_names_are_lines", ("name", "legal_name", "vat_number")),
    ("apiclient", "a_clients_name_is_a_line", ("name",)),
    ("company", "a_registration_number_is_a_line", ("registration_number",)),
    ("licence", "a_licence_is_written_in_lines", ("authority", "number")),
    ("beneficialowner", "an_owners_name_is_a_line", ("name",)),
    ("director", "a_directors_name_is_a_line", ("name",)),
    ("contact", "a_contacts_name_and_email_are_lines", ("name", "email")),
)


def _unbroken(column: str) -> str:
    return f"regexp_replace({column}, '[\\u0009-\\u000d]+', ' ', 'g')"


def _mended(model: str, columns: tuple[str, ...]) -> Sql:
    """Take out what cannot be seen, a break for a blank; who has nothing else for a name is called unnamed."""
    new = ", ".join(
        f"{column} = CASE WHEN {column} = '' THEN '' ELSE coalesce(nullif(btrim(core_line({_unbroken(column)})), ''), 'unnamed') END"
        for column in columns
    )
    return Sql(f"UPDATE partners_{model} SET {new} WHERE NOT core_is_line(concat_ws(' ', {', '.join(columns)}))")


class Migration(migrations.Migration):
    dependencies = (("partners", "0052_names"), ("core", "0017_lines"))

    operations = (
        *(_mended(model, columns) for model, _, columns in NAMED),
        *(migrations.AddConstraint(model, lines(*columns, name=name)) for model, name, columns in NAMED),
        SqlFile("partners", "guard_director"),
        Sql(
            "CREATE TRIGGER a_director_is_of_age BEFORE INSERT OR UPDATE OF birth_date ON partners_director "
            "FOR EACH ROW EXECUTE FUNCTION partners_guard_director()"
        ),
    )
