from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SyncingConfig(AppConfig):
    name = "syncing"
    verbose_name = "Syncing"

    def ready(self) -> None:
        from syncing import receivers

        post_migrate.connect(receivers.seed_object_types, sender=self)
        post_migrate.connect(receivers.seed_periodic_tasks, sender=self)
