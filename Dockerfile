# One image for web, worker and beat; docker-compose.yml says which is which.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/venv/bin:$PATH \
    PRODUCTION=1 \
    DATA_DIR=/data \
    STATIC_ROOT=/app/collected \
    BIND=0.0.0.0:8000

WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv \
    && pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

COPY . ./
# Hashed and compressed once, here; no key or database is needed for that.
RUN python manage.py collectstatic --noinput \
    && useradd --uid 10001 --no-create-home --home-dir /data selaras \
    && install --directory --owner=selaras /data

USER selaras
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "scripts/healthy"]
CMD ["python", "manage.py", "start_web"]
