# syntax=docker/dockerfile:1
# One image for web, worker, beat, migration and backup. How to run it: docs/operations.md.

FROM node:24-trixie-slim AS front
WORKDIR /front
COPY package.json package-lock.json .npmrc ./
# The accessibility checker is for tests only.
RUN npm ci --ignore-scripts --omit=dev

FROM python:3.12-slim-trixie AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements/run.txt /requirements.txt
# The lock holds a hash for every file, and every one of them is a wheel: no compiler is needed.
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /requirements.txt

FROM python:3.12-slim-trixie
# pg_dump must not be older than the server: postgres:17 in docker-compose.yml.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-17 \
        libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 jinjian \
    && useradd --uid 10001 --gid jinjian --home-dir /srv/jinjian --shell /usr/sbin/nologin jinjian
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/srv/jinjian \
    DJANGO_SETTINGS_MODULE=config.settings \
    STATIC_ROOT=/srv/static \
    JINJIAN_DATA=/srv/data \
    BEAT_SCHEDULE=/srv/data/run/beat-schedule
WORKDIR /srv/jinjian
COPY --from=packages /venv /venv
COPY . .
COPY --from=front /front/node_modules ./node_modules
# Keys for this one step, made here and kept nowhere: collecting files encrypts nothing.
RUN python -m launch.translations compile \
    && PRODUCTION=1 ALLOWED_HOSTS=localhost PUBLIC_URL=https://localhost \
       SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
       FIELD_KEY="$(python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
       INDEX_KEY="$(python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
       python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q /srv/jinjian \
    && mkdir -p /srv/data/run /srv/backups \
    && chown -R jinjian:jinjian /srv/data /srv/backups
USER jinjian
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "launch.container"]
CMD ["web"]
