"""What Celery's workers read: dagster-celery imports a module of this name."""

from __future__ import annotations

import os

broker_url = os.environ["CELERY_BROKER"]
result_backend = os.environ["CELERY_BACKEND"]
# The transport of Postgres passes these on to SQLAlchemy, which refuses dagster-celery's own.
broker_transport_options: dict[str, object] = {}
# Otherwise a busy worker reserves a second run, which dies with it.
task_acks_late = True
# The worker of each run is kept with its result.
result_extended = True
