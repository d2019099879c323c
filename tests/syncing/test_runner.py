from tests.fixtures.engine import *


def test_smoke(account, watch):
    job = sync(account, watch)
    assert job.status == "completed", job.error
    assert_complete(account)
    print(job.counts(), job.progress_percentage, job.total_chunks)


def test_proc(make_account, processes, watch):
    a = make_account(page_size=2)
    code, out = processes.run("sync", str(a.pk), "--foreground")
    assert code == 0, out
    print(out)
