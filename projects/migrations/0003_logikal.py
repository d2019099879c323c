"""A tree of directories, projects, phases and elevations with their thumbnails and parts lists, as an ERP keeps them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0006_mail_choice"),
        ("projects", "0002_coverage_read_count"),
    ]

    operations = [
        migrations.CreateModel(
            name="Directory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("missing_since", models.DateTimeField(null=True)),
                ("path", models.CharField(max_length=500)),
                ("parent_path", models.CharField(blank=True, max_length=500)),
                ("name", models.TextField(blank=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "directories",
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("connection", "path"), name="one_directory_each")],
            },
        ),
        migrations.CreateModel(
            name="Elevation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("missing_since", models.DateTimeField(null=True)),
                ("external_id", models.CharField(max_length=64)),
                ("project_id", models.CharField(max_length=64)),
                ("phase_id", models.CharField(max_length=64)),
                ("name", models.TextField(blank=True)),
                ("amount", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("width", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("height", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("auto_description", models.TextField(blank=True)),
                ("system_description", models.TextField(blank=True)),
                ("model_description", models.TextField(blank=True)),
                ("user_description", models.TextField(blank=True)),
                ("surfaces", models.JSONField(default=dict)),
                ("created_by", models.TextField(blank=True)),
                ("created_date", models.DateTimeField(null=True)),
                ("changed_date", models.DateTimeField(null=True)),
                ("is_in_recycle_bin", models.BooleanField(default=False)),
                ("kind", models.TextField(blank=True)),
                ("state", models.TextField(blank=True)),
                ("version", models.CharField(blank=True, max_length=100)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["connection", "project_id", "phase_id"], name="elevations_by_phase")],
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "external_id"), name="one_elevation_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="ElevationThumbnail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("external_id", models.CharField(max_length=64)),
                ("project_id", models.CharField(max_length=64)),
                ("version", models.CharField(blank=True, max_length=100)),
                ("image", models.BinaryField()),
                ("again", models.BooleanField(db_default=False, default=False)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "verbose_name": "thumbnail",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "external_id"), name="one_thumbnail_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="LogikalProject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("missing_since", models.DateTimeField(null=True)),
                ("external_id", models.CharField(max_length=64)),
                ("directory_path", models.CharField(blank=True, max_length=500)),
                ("name", models.TextField(blank=True)),
                ("job_number", models.TextField(blank=True)),
                ("offer_number", models.TextField(blank=True)),
                ("person_in_charge", models.TextField(blank=True)),
                ("estimated", models.BooleanField(null=True)),
                ("is_deleted", models.BooleanField(default=False)),
                ("created_date", models.DateTimeField(null=True)),
                ("changed_date", models.DateTimeField(null=True)),
                ("version", models.CharField(max_length=40)),
                ("phases_read", models.CharField(blank=True, db_default="", default="", max_length=40)),
                ("elevations_read", models.CharField(blank=True, db_default="", default="", max_length=40)),
                ("thumbnails_read", models.CharField(blank=True, db_default="", default="", max_length=40)),
                ("parts_lists_read", models.CharField(blank=True, db_default="", default="", max_length=40)),
                ("refusal", models.TextField(blank=True, db_default="", default="")),
                ("refused_at", models.DateTimeField(null=True)),
                ("forced_at", models.DateTimeField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "verbose_name": "project",
                "abstract": False,
                "indexes": [models.Index(fields=["connection", "directory_path"], name="projects_by_directory")],
                "constraints": [models.UniqueConstraint(fields=("connection", "external_id"), name="one_project_each")],
            },
        ),
        migrations.CreateModel(
            name="Part",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("elevation_id", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=20)),
                ("position", models.PositiveIntegerField()),
                ("code", models.TextField(blank=True)),
                ("name", models.TextField(blank=True)),
                ("description", models.TextField(blank=True)),
                ("amount", models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ("length_mm", models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ("color", models.TextField(blank=True)),
                ("price", models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ("value", models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ("value_unit", models.TextField(blank=True)),
                ("area", models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ("area_unit", models.TextField(blank=True)),
                ("extra", models.JSONField(default=dict)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("connection", "elevation_id", "kind", "position"), name="one_part_each"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PartsList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("external_id", models.CharField(max_length=64)),
                ("project_id", models.CharField(max_length=64)),
                ("version", models.CharField(blank=True, max_length=100)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("part_count", models.PositiveIntegerField(default=0)),
                ("facts", models.JSONField(default=dict)),
                ("tables", models.JSONField(default=dict)),
                ("warnings", models.JSONField(default=list)),
                ("refusal", models.TextField(blank=True)),
                ("again", models.BooleanField(db_default=False, default=False)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "verbose_name": "parts list",
                "abstract": False,
                "indexes": [models.Index(fields=["connection", "project_id"], name="parts_lists_by_project")],
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "external_id"), name="one_parts_list_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="Phase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("missing_since", models.DateTimeField(null=True)),
                ("project_id", models.CharField(max_length=64)),
                ("external_id", models.CharField(max_length=64)),
                ("name", models.TextField(blank=True)),
                ("description", models.TextField(blank=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "project_id", "external_id"), name="one_phase_each")
                ],
            },
        ),
    ]
