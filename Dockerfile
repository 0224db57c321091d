# syntax=docker/dockerfile:1
# The portal in one image: web server, workers, ticker and commands differ in what they are told to run (compose.yaml).

FROM python:3.13-slim-trixie AS packages
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt

FROM python:3.13-slim-trixie
RUN groupadd --gid 10001 portal \
 && useradd --uid 10001 --gid portal --home-dir /var/lib/portal --create-home --shell /usr/sbin/nologin portal
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/portal
COPY wsgi.py ./
COPY deploy/gunicorn.conf.py deploy/
COPY migrations migrations
COPY static static
COPY templates templates
COPY portal portal
# The root file system is read-only when it runs: the bytecode is made here.
RUN /opt/venv/bin/python -m compileall -q portal migrations wsgi.py
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORTAL_ENV=production \
    PORTAL_DATA_DIR=/var/lib/portal \
    WEB_BIND=0.0.0.0:8000
USER 10001:10001
EXPOSE 8000
VOLUME /var/lib/portal
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"]
