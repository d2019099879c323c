"""The Celery application: workers, their queues and how they talk to the broker."""

import os

from celery import Celery
from celery.signals import setup_logging
from click import Option
from django.conf import settings

from config.workers import BeatThread, Heart

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("freshet", broker=settings.REDIS_URL or "memory://")
app.conf.update(
    # A message only wakes a worker. What has to be done stands in the database, so nothing needs to be delivered twice.
    task_acks_late=False,
    task_ignore_result=True,
    result_backend=None,
    task_serializer="json",
    accept_content=["json"],
    task_default_queue="scheduler",
    task_create_missing_queues=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=200,
    worker_hijack_root_logger=False,
    broker_connection_timeout=2,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "global_keyprefix": "freshet:",
        "visibility_timeout": 3600,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 10,
    },
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
    beat_max_loop_interval=1,
    timezone="UTC",
    imports=["syncing.tasks"],
)
app.user_options["worker"].add(Option(("--with-beat",), is_flag=True, help="Send the periodic tasks too."))
app.steps["worker"].update({BeatThread, Heart})


@setup_logging.connect
def keep_djangos_logging(**_: object) -> None:
    """Celery would replace it, and with it what keeps secrets out of the log."""
