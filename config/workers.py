"""What a worker process does beside its tasks: it may be Beat as well, and it shows that it lives."""

import atexit
import os
import signal
import socket
import threading
from typing import Any

import structlog
from celery import bootsteps
from celery.beat import EmbeddedService
from celery.signals import beat_init

log = structlog.get_logger(__name__)

BEAT_SECONDS = 10.0
"""From one look of the heart to the next."""
GOODBYE_SECONDS = 60.0
"""A worker that does not even hear the signal to end is killed after that."""


class BeatThread(bootsteps.StartStopStep):
    """Beat as a thread of this worker: one process less. Without its class the scheduler would not read our table."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, with_beat: bool = False, **options: Any) -> None:
        self.enabled = with_beat
        worker.beat_thread = None
        super().__init__(worker, **options)

    def create(self, worker: Any) -> None:
        scheduler = worker.app.conf.beat_scheduler
        worker.beat_thread = EmbeddedService(worker.app, thread=True, scheduler_cls=scheduler)

    def start(self, worker: Any) -> None:
        worker.beat_thread.start()

    def stop(self, worker: Any) -> None:
        """Its own stop() would wait for ever for a thread that an error has ended."""
        if worker.beat_thread and worker.beat_thread.is_alive():
            worker.beat_thread.service.stop()
            worker.beat_thread.join(5)

    def terminate(self, worker: Any) -> None:
        self.stop(worker)


class Heart(bootsteps.StartStopStep):
    """Tell the database every few seconds that we live, and end where we live but hear nothing."""

    requires = (BeatThread,)

    def __init__(self, worker: Any, **options: Any) -> None:
        self.thread: threading.Thread | None = None
        self.stopping = threading.Event()
        super().__init__(worker, **options)

    def start(self, worker: Any) -> None:
        self.thread = threading.Thread(target=self.beat, args=[worker], daemon=True, name="heart")
        self.thread.start()

    def stop(self, worker: Any) -> None:
        self.stopping.set()
        if self.thread:
            self.thread.join(5)

    def terminate(self, worker: Any) -> None:
        self.stop(worker)

    def beat(self, worker: Any) -> None:
        from syncing.heart import Pulse
        from syncing.tasks import slots

        pulse = Pulse(_our_name(), queues=list(worker.app.amqp.queues.consume_from), slots=slots.number)
        while not self.stopping.is_set():
            try:
                if reason := self._trouble(worker, pulse):
                    log.error(f"{reason}, so this worker ends")
                    self._end()
            except Exception:  # without a heart nobody would watch over this worker
                log.exception("a beat of the heart has failed")
            self.stopping.wait(BEAT_SECONDS)
        pulse.stop()

    def _trouble(self, worker: Any, pulse: Any) -> str:
        """Why a new worker would do better, if so."""
        has_beat = worker.beat_thread is not None and worker.beat_thread.is_alive()
        if worker.beat_thread and not has_beat:
            return "nobody sends the periodic tasks any more"
        if pulse.beat(has_beat=has_beat):
            return "chunks are ready and none was started for two minutes"
        return ""

    def _end(self) -> None:
        """Whoever started us starts the next one. Chunks in hand are given back, or their leases end."""
        os.kill(os.getpid(), signal.SIGTERM)
        if not self.stopping.wait(GOODBYE_SECONDS):
            os.kill(os.getpid(), signal.SIGKILL)


@beat_init.connect
def show_that_beat_lives(**_: object) -> None:
    """Beat as a process of its own; as a thread of a worker it is part of that one's row."""
    from syncing.heart import Pulse

    if threading.current_thread() is not threading.main_thread():
        return

    pulse, ending = Pulse(_our_name(), queues=[], slots=0), threading.Event()

    def beat() -> None:
        while not ending.is_set():
            pulse.beat(has_beat=True)
            ending.wait(BEAT_SECONDS)

    threading.Thread(target=beat, daemon=True, name="heart").start()
    atexit.register(pulse.stop)
    atexit.register(ending.set)


def _our_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
