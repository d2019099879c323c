"""Everything on one machine fits into the smallest one that is sold."""

import pytest

from tests.config.installation import Installation, real_processes, wait_until
from tests.fixtures.deployment import resident

pytestmark = real_processes


@pytest.mark.spec("L35")
def test_everything_together_stays_below_512_megabytes(installation: Installation) -> None:
    """After a first sync, and with the demo's own stand-in and broker, which a real installation does not have."""
    process = installation.start()
    installation.wait_until_ready(process)
    wait_until(lambda: not installation.leases())
    pids = installation.processes()
    assert installation.number("SELECT count(*) FROM projects_dailymetric") > 100
    together = sum(resident(pid) for pid in pids)
    assert len(pids) >= 6  # startup, sandbox, broker, worker with Beat, web server and its child
    assert together < 512
    process.terminate()
    assert process.wait(10) == 0
