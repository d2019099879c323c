.PHONY: run test lock bench

run:
	./bin/run

test:
	./bin/test

lock:
	./bin/lock

bench:
	.venv/bin/python -m benchmarks.meta_sync
