"""The jobs' login may ask as well: what it seeds waits for a second person like everything else."""

from django.db import migrations

from core.operations import Sql


class Migration(migrations.Migration):
    dependencies = (("approvals", "0006_deputies_and_letters"),)

    operations = (
        Sql("GRANT INSERT ON approvals_approvalrequest, approvals_approvalrevision TO b2b_jobs"),
    )
