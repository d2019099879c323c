# One image for every role. As it is it starts everything that the settings ask for, as bin/run does; a command after its
# name starts one role alone. `docker run --rm -p 8000:8000 --env FRESHET_ENV=development IMAGE` is a demo.

FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt .
# Wheels alone: there is no compiler here, and nobody's build script is run.
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --only-binary :all: --require-hashes --compile --requirement requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=2 FRESHET_ENV=production HOST=0.0.0.0 PORT=8000
RUN useradd --create-home --uid 10001 freshet
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY . .
# The settings want a database, though nothing here asks it. What is made here belongs to root, so that the processes of this
# image can change neither their code nor the files that they serve; only var is theirs.
RUN python -m compileall -q . \
    && WITHOUT_KEYS=true BACKGROUND_SYNC_ENABLED=false DATABASE_URL=sqlite:////tmp/none \
    python manage.py collectstatic --skip-checks --no-input --verbosity 0 \
    && install --directory --owner freshet var
USER freshet
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-m", "config.address"]
CMD ["python", "-m", "config.startup"]
