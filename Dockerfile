# One image for code location, webserver and daemon: locked wheels, no compiler, no root.
FROM python:3.12-slim AS build
WORKDIR /build
COPY requirements-build.lock requirements-runtime.lock ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --no-deps --require-hashes \
        -r requirements-build.lock
RUN python -m venv /opt/privaci \
    && /opt/privaci/bin/pip install --no-cache-dir --no-deps --require-hashes \
        -r requirements-runtime.lock
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY privaci_core privaci_core
COPY privaci_dagster privaci_dagster
COPY docs docs
# Compilers stay in this stage.
RUN /opt/build/bin/python -m hatchling build -t wheel \
    && /opt/privaci/bin/pip install --no-cache-dir --no-deps dist/*.whl

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /home/privaci --create-home privaci
# A new volume takes the owner of the folder that it covers.
RUN install -d -o privaci -g privaci /lock /proofs
COPY --from=build /opt/privaci /opt/privaci
COPY docker/dagster.yaml docker/workspace.yaml /opt/dagster/
COPY docker/celery docker/workspace.yaml /opt/dagster-celery/
ENV PATH=/opt/privaci/bin:$PATH \
    DAGSTER_HOME=/opt/dagster \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER privaci
WORKDIR /home/privaci
CMD ["privaci", "--help"]
