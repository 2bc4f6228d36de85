"""The subcommand that writes a first pipeline: a masked copy in CI, or nightly in a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from privaci_core.catalog.lock_file import read_lock
from privaci_core.errors import PreflightError
from privaci_dagster.cli.destination import write_file
from privaci_dagster.cli.options import LockFile
from privaci_dagster.project import LOCK_FILE

Kind = Literal["github", "gitlab", "kubernetes"]
# PrivaCI's names beside ours.
Platform = Literal["github", "gitlab", "kubernetes", "github-actions", "gitlab-ci", "k8s-cronjob"]
PLATFORMS: dict[Platform, Kind] = {
    "github": "github",
    "gitlab": "gitlab",
    "kubernetes": "kubernetes",
    "github-actions": "github",
    "gitlab-ci": "gitlab",
    "k8s-cronjob": "kubernetes",
}
FILES = {
    "github": Path(".github/workflows/masked-copy.yml"),
    "gitlab": Path(".gitlab-ci.yml"),
    "kubernetes": Path("masked-copy.yaml"),
}
MATERIALIZE = "dagster job execute -m privaci_dagster.definitions -j refresh"

GITHUB = """\
# Makes a masked, proved copy of the database in SOURCE_DB_URL, for the jobs that follow.
# Pull requests check the policy, without a secret: a branch can change every file here.
# Create the environment masked-copy (Settings, Environments), let it deploy from the default
# branch alone, and give it, not the repository, these secrets: SOURCE_DB_URL (a role that reads),
# ANONYMIZATION_SALT.
name: masked copy
on:
  pull_request:
  workflow_dispatch:
  schedule:
    - cron: "0 3 * * *"
permissions:
  contents: read
concurrency: masked-copy-${{{{ github.ref }}}}
jobs:
  policy:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install privaci-dagster
      - run: privaci validate
  masked-copy:
    if: github.event_name != 'pull_request'
    environment: masked-copy
    runs-on: ubuntu-latest
    timeout-minutes: 60
    services:
      target:
        image: postgres:16
        env:
          POSTGRES_PASSWORD: postgres
          POSTGRES_DB: masked
        ports: ["5432:5432"]
        options: --health-cmd pg_isready --health-interval 2s --health-retries 30
    env:
      SOURCE_DB_URL: ${{{{ secrets.SOURCE_DB_URL }}}}
      TARGET_DB_URL: postgresql://postgres:postgres@127.0.0.1:5432/masked
      ANONYMIZATION_SALT: ${{{{ secrets.ANONYMIZATION_SALT }}}}
      DAGSTER_HOME: ${{{{ github.workspace }}}}/.privaci/dagster
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install "privaci-dagster[embedded,nlp]" && python -m spacy download en_core_web_sm
      - run: mkdir -p "$DAGSTER_HOME"
      # Exits with 6 if the source has changed in a way that needs a review.
      - run: privaci drift
      - run: {materialize}
      - run: privaci report --out proof
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: proof
          path: proof
      # Add your tests here: the database is at TARGET_DB_URL.
"""

GITLAB = """\
# Makes a masked, proved copy of the database in SOURCE_DB_URL, for the jobs that follow.
# Merge requests check the policy, without a secret: a branch can change every file here.
# Set these variables, protected and masked, so that only protected branches get them:
# SOURCE_DB_URL (a role that reads), ANONYMIZATION_SALT.
policy:
  image: python:3.12
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - pip install privaci-dagster
    - privaci validate
masked-copy:
  image: python:3.12
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
      when: never
    - if: $CI_COMMIT_REF_PROTECTED == "true"
  services:
    - name: postgres:16
      alias: target
  variables:
    POSTGRES_PASSWORD: postgres
    POSTGRES_DB: masked
    TARGET_DB_URL: postgresql://postgres:postgres@target:5432/masked
    DAGSTER_HOME: $CI_PROJECT_DIR/.privaci/dagster
  script:
    - pip install "privaci-dagster[embedded,nlp]" && python -m spacy download en_core_web_sm
    - mkdir -p "$DAGSTER_HOME"
    # Exits with 6 if the source has changed in a way that needs a review.
    - privaci drift
    - {materialize}
    - privaci report --out proof
    # Add your tests here: the database is at TARGET_DB_URL.
  artifacts:
    when: always
    paths: [proof]
"""

KUBERNETES = """\
# Makes a masked copy every night. The image needs privaci-dagster, and mask-rules.yaml and
# privaci.lock.json in /project; the secret "masked-copy" needs SOURCE_DB_URL, TARGET_DB_URL
# and ANONYMIZATION_SALT.
apiVersion: batch/v1
kind: CronJob
metadata:
  name: masked-copy
spec:
  schedule: "0 3 * * *"
  # A second refresh of the target would fail at once.
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: refresh
              image: registry.example/masked-copy:1
              workingDir: /project
              command: ["/bin/sh", "-ec"]
              args:
                - |
                  privaci drift
                  {materialize}
              env:
                - name: DAGSTER_HOME
                  value: /dagster
              envFrom:
                - secretRef:
                    name: masked-copy
              resources:
                requests: {{cpu: "2", memory: 1Gi}}
                limits: {{memory: 2Gi}}
              volumeMounts:
                - {{name: dagster, mountPath: /dagster}}
          volumes:
            # Dagster's event log: an unfinished refresh resumes from it.
            - name: dagster
              persistentVolumeClaim:
                claimName: masked-copy-dagster
"""
TEMPLATES = {"github": GITHUB, "gitlab": GITLAB, "kubernetes": KUBERNETES}


def generate_ci(
    kind: Annotated[Kind | None, typer.Argument(help="Where the pipeline runs.")] = None,
    platform: Annotated[
        Platform | None, typer.Option(help="The same, also by PrivaCI's names.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; `-` prints it.")] = None,
    output_dir: Annotated[
        Path | None, typer.Option(help="The folder in which the file gets its usual name.")
    ] = None,
    lock: LockFile = LOCK_FILE,
) -> None:
    """Write a pipeline that makes and proves a masked copy; it needs the project's lock file."""
    chosen = _chosen(kind, platform)
    read_lock(lock)
    text = TEMPLATES[chosen].format(materialize=MATERIALIZE)
    path = out or (output_dir or Path()) / FILES[chosen]
    if str(path) == "-":
        typer.echo(text, nl=False)
        return
    if path.exists():
        why = "the file exists already"
        raise PreflightError(f"Writing {path}", why, "Name another one with --out.")
    write_file(path, text.encode(), "docs/how-to/ci.md")
    typer.echo(f"{path}: read it, and set the secrets that its first lines name")


def _chosen(kind: Kind | None, platform: Platform | None) -> Kind:
    """Where the pipeline runs, as the one or the other spelling says."""
    found = {kind, PLATFORMS[platform] if platform else None} - {None}
    if len(found) == 1:
        return next(each for each in found if each)
    why = "two different ones are named" if found else "none is named"
    remedy = "Name one: privaci generate-ci github, gitlab or kubernetes."
    raise PreflightError("Choosing where the pipeline runs", why, remedy, "docs/how-to/ci.md")
