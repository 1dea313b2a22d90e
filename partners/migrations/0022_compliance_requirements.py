"""What partners are asked for from the first day on; staff may change and add to it."""

from typing import Any

from django.db import migrations

from partners.compliance.services.requirements import read_requirements


def enter_requirements(apps: Any, schema_editor: Any) -> None:
    model = apps.get_model("partners", "ComplianceRequirement")
    model.objects.bulk_create([model(**one) for one in read_requirements()], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = (("partners", "0021_compliance_access"),)

    operations = (migrations.RunPython(enter_requirements, migrations.RunPython.noop),)
