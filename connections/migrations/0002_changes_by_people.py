"""Make the tables of API tokens and of what people changed, and let connections be removed.

Why: programs ask with tokens of their own; every change is written down in rows that nobody can alter, and a removed
connection is out of sight before its rows are deleted. See docs/architecture.md.
"""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

APPEND_ONLY = {
    "postgresql": (
        """
        CREATE FUNCTION connections_auditevent_keep() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'audit events are only ever added'; END $$
        """,
        """
        CREATE TRIGGER connections_auditevent_keep BEFORE UPDATE OR DELETE ON connections_auditevent
        FOR EACH ROW EXECUTE FUNCTION connections_auditevent_keep()
        """,
    ),
    "sqlite": tuple(
        f"""
        CREATE TRIGGER connections_auditevent_no_{word} BEFORE {word} ON connections_auditevent
        BEGIN SELECT RAISE(ABORT, 'audit events are only ever added'); END
        """
        for word in ("update", "delete")
    ),
}
NO_LONGER = {
    "postgresql": (
        "DROP TRIGGER connections_auditevent_keep ON connections_auditevent",
        "DROP FUNCTION connections_auditevent_keep()",
    ),
    "sqlite": (
        "DROP TRIGGER connections_auditevent_no_update",
        "DROP TRIGGER connections_auditevent_no_delete",
    ),
}


def append_only(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in APPEND_ONLY[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def editable_again(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in NO_LONGER[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="What it is used for.", max_length=100)),
                ("sha256", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "scope",
                    models.CharField(
                        choices=[("read", "Read"), ("trigger", "Trigger"), ("admin", "Admin")],
                        default="read",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace_id", models.BigIntegerField(blank=True, null=True)),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField(blank=True, help_text="The user, if a person did it.", null=True)),
                ("actor", models.CharField(help_text="A person's name, a token's or a command's.", max_length=200)),
                ("address", models.CharField(blank=True, max_length=45)),
                ("action", models.CharField(max_length=60)),
                ("target", models.CharField(help_text="What was changed: its kind and id.", max_length=60)),
                ("target_name", models.CharField(blank=True, max_length=200)),
                ("before", models.JSONField(blank=True, default=dict)),
                ("after", models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="connection",
            name="one_connection_each",
        ),
        migrations.AddField(
            model_name="connection",
            name="removed_at",
            field=models.DateTimeField(
                blank=True, help_text="Nobody sees it any more; its rows are deleted.", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at__isnull", True)),
                fields=("workspace", "provider", "external_account_id"),
                name="one_connection_each",
            ),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="workspace",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="api_tokens", to="connections.workspace"
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["workspace_id", "-at"], name="audit_newest_first"),
        ),
        migrations.RunPython(append_only, editable_again),
    ]
