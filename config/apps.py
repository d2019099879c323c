from django.apps import AppConfig
from django.contrib.admin import apps as admin


class InstallationConfig(AppConfig):
    name = "config"
    verbose_name = "Installation"

    def ready(self) -> None:
        from config import celery, checks  # noqa: F401 - they register themselves


class AuditedAdminConfig(admin.AdminConfig):
    default = False
    default_site = "config.admin_site.AuditedSite"
