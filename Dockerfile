# One image for the code location, the webserver and the daemon: locked wheels, no compiler, no root.
FROM python:3.12-slim AS build
WORKDIR /build
COPY requirements.lock pyproject.toml hatch_build.py README.md ./
RUN python -m venv /opt/privaci \
    && /opt/privaci/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY privaci_core privaci_core
COPY privaci_dagster privaci_dagster
# The compiler of the inner loops stays behind.
RUN /opt/privaci/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/privaci/bin/pip uninstall --yes ziglang

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /home/privaci --create-home privaci
# What is mounted here belongs to the user then: a new volume takes the owner of the folder that it covers.
RUN install -d -o privaci -g privaci /lock /proofs
COPY --from=build /opt/privaci /opt/privaci
COPY docker/dagster.yaml docker/workspace.yaml /opt/dagster/
ENV PATH=/opt/privaci/bin:$PATH \
    DAGSTER_HOME=/opt/dagster \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER privaci
WORKDIR /home/privaci
CMD ["privaci", "--help"]
