"""How gunicorn serves, for `manage.py start_web` and `scripts/up` alike. WEB_CONCURRENCY sets the processes."""

import os

from config import env

bind = env.text("BIND", "127.0.0.1:8000")
workers = env.number("WEB_CONCURRENCY", 2, least=1)
# Threads keep slow connections from holding up the others; each process computes one page at a time anyway.
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 15
keepalive = 5
# Every request has its line from config/middleware.py; gunicorn writes only about itself.
accesslog = None
errorlog = "-"
loglevel = "warning"
# The heartbeat file of a worker in memory: a slow disk must not make it look dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
