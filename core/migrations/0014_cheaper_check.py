"""The check of a reference says in shorter words what it said before; rows from before are checked next."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations
from django.db.models import CheckConstraint, Q


class Migration(migrations.Migration):
    dependencies = (("core", "0013_verifying_cursors"),)

    operations = (
        migrations.RemoveConstraint("reference", "a_reference_was_taken_or_refused"),
        AddConstraintNotValid(
            "reference",
            CheckConstraint(
                condition=Q(subject_id__isnull=False, refusal__isnull=True)
                | Q(subject_id__isnull=True, refusal__isnull=False),
                name="a_reference_was_taken_or_refused",
            ),
        ),
    )
