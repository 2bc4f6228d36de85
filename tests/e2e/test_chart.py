"""Helm's own engine lints and renders the chart; Kubernetes' schemas judge what comes out."""

from __future__ import annotations

import json
import os
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import psycopg
import pytest
import yaml
from substrate.commands import run_privaci

if TYPE_CHECKING:
    from collections.abc import Iterator

helm = pytest.importorskip("helm_python", reason="no wheel of Helm fits this machine")

ROOT = Path(__file__).parent.parent.parent
CHART = ROOT / "deploy" / "helm" / "privaci"
KUBERNETES = ("1.28", "1.32", "1.37")
POLICY = """\
version: "1.0"
global_salt: ${ANONYMIZATION_SALT}
on_existing_data: drop_create
tables: {}
"""
LEAST = {
    "image": {"repository": "registry.example/privaci-dagster"},
    "secrets": {"name": "masked-copy"},
    "project": {"policy": POLICY},
}
DAGSTER = {"dagster": {"enabled": True}, "storage": {"secret": "dagster-storage"}}
SHAPES = {
    "least": {},
    "with a lock": {"project": {"policy": POLICY, "lock": "{}\n"}},
    "with Dagster": {**DAGSTER, "dagster": {"enabled": True, "introspect": True}},
    "all closed": {
        **DAGSTER,
        "project": {"configMap": "rules"},
        "networkPolicy": {
            "enabled": True,
            "databases": {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}], "ports": [5432, 6432]},
            "webserverFrom": [{"podSelector": {"matchLabels": {"app": "proxy"}}}],
            "egress": [{"ports": [{"port": 443, "protocol": "TCP"}]}],
        },
    },
    "everything else": {
        "image": {"tag": "sha256:" + "0" * 64, "pullSecrets": [{"name": "registry"}]},
        "cronjob": {"args": ["--keep-unchanged"], "activeDeadlineSeconds": 7200},
        "proofs": {"enabled": False},
        "serviceAccount": {"name": "masking"},
        "env": [{"name": "PRIVACI_SECRET_FILE_ROOTS", "value": "/secrets"}],
        "podLabels": {"team": "platform"},
        "podAnnotations": {"example.test/owner": "platform"},
        "nodeSelector": {"disk": "fast"},
        "tolerations": [{"key": "batch", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "securityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None},
    },
}
shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def merged(values: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """The least values with others laid over them."""
    whole = deepcopy(values)
    for key, value in more.items():
        both = isinstance(value, dict) and key in whole
        whole[key] = merged(whole[key], value) if both else value
    return whole


def rendered(values: dict[str, Any], name: str = "nightly") -> list[dict[str, Any]]:
    """The objects of a release."""
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(values)
        files = chart.render(values, name=name, namespace="masking")
    texts = [text for path, text in files.items() if path.endswith(".yaml")]
    return [found for text in texts for found in yaml.safe_load_all(text) if found]


def pods(objects: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The pods of a release, each with the name of its object."""
    for found in objects:
        spec = found.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield found["metadata"]["name"], spec["template"]["spec"]


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    """All containers of a pod."""
    return [*pod.get("initContainers", []), *pod["containers"]]


@pytest.mark.unit
@shapes
def test_helm_finds_nothing_to_say(shape: dict[str, Any]) -> None:
    """`helm lint --strict` passes; an icon is the only thing that it still recommends."""
    report = helm.lint(CHART, merged(LEAST, shape), strict=True)
    assert report["errors"] == []
    assert [message["error"] for message in report["messages"]] == ["icon is recommended"]


@pytest.mark.unit
@shapes
def test_kubernetes_takes_every_object(shape: dict[str, Any]) -> None:
    """Old and new Kubernetes know each key of each object, and no two objects share a name."""
    objects = rendered(merged(LEAST, shape))
    for found in objects:
        for version in KUBERNETES:
            kubernetes_validate.validate(found, version, strict=True)
    named = [(found["kind"], found["metadata"]["name"]) for found in objects]
    assert len(set(named)) == len(named)


@pytest.mark.unit
@shapes
def test_every_container_is_closed(shape: dict[str, Any]) -> None:
    """No pod runs as root, writes its image, or holds the cluster's token: "restricted"."""
    for name, pod in pods(rendered(merged(LEAST, shape))):
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in containers(pod):
            closed = container["securityContext"]
            assert closed["readOnlyRootFilesystem"] is True, name
            assert closed["allowPrivilegeEscalation"] is False, name
            assert closed["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name


@pytest.mark.unit
@shapes
def test_every_mount_has_its_volume(shape: dict[str, Any]) -> None:
    """Each container writes to /tmp and its home, and mounts only what its pod has."""
    for name, pod in pods(rendered(merged(LEAST, shape))):
        volumes = {volume["name"] for volume in pod["volumes"]}
        used = set()
        for container in containers(pod):
            mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            assert {"/tmp", "/home/privaci"} <= mounts.keys(), name  # noqa: S108 - the pod's own
            used |= set(mounts.values())
        assert used == volumes, name


@pytest.mark.unit
@shapes
def test_secrets_are_only_named(shape: dict[str, Any]) -> None:
    """The chart makes no Secret, and each variable that holds one is a reference."""
    objects = rendered(merged(LEAST, shape))
    assert "Secret" not in {found["kind"] for found in objects}
    for _, pod in pods(objects):
        for container in containers(pod):
            for variable in container["env"]:
                if variable["name"].endswith(("_URL", "_SALT")):
                    assert set(variable["valueFrom"]["secretKeyRef"]) == {"name", "key"}


@pytest.mark.unit
def test_the_webserver_and_the_daemon_know_no_database() -> None:
    """Only pods that refresh get the databases' URLs and the salt."""
    for name, pod in pods(rendered(merged(LEAST, SHAPES["all closed"]))):
        known = {variable["name"] for found in containers(pod) for variable in found["env"]}
        refreshes = name in {"nightly-privaci", "nightly-privaci-code"}
        assert ("SOURCE_DB_URL" in known) == refreshes, name


@pytest.mark.unit
def test_services_find_their_pods() -> None:
    """Each Service selects the labels of one Deployment alone, and a port that it opens."""
    objects = rendered(merged(LEAST, SHAPES["with Dagster"]))
    deployments = [found["spec"] for found in objects if found["kind"] == "Deployment"]
    services = [found["spec"] for found in objects if found["kind"] == "Service"]
    assert len(services) == 2
    for service in services:
        chosen = [
            found
            for found in deployments
            if service["selector"].items() <= found["template"]["metadata"]["labels"].items()
        ]
        assert len(chosen) == 1
        ports = chosen[0]["template"]["spec"]["containers"][0]["ports"]
        assert [port["targetPort"] for port in service["ports"]] == [port["name"] for port in ports]


@pytest.mark.unit
@pytest.mark.parametrize("name", ["code", "webserver", "daemon"])
def test_the_commands_are_those_of_compose(name: str) -> None:
    """What runs in compose.yml, and is tested there, runs in the cluster."""
    services = yaml.safe_load((ROOT / "compose.yml").read_text())["services"]
    whole = dict(pods(rendered(merged(LEAST, SHAPES["with Dagster"]))))
    pod = whole[f"nightly-privaci-{name}"]
    assert pod["containers"][0]["command"] == services[name]["command"]
    for first in pod.get("initContainers", []):
        assert first["command"] == services["introspect"]["command"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"image": {"repository": ""}}, "repository"),
        ({"secrets": {"name": ""}}, "secrets"),
        ({"project": {"policy": ""}}, "project"),
        ({"dagster": {"enabled": True}}, "storage"),
        (DAGSTER, "lock"),
        ({"cronjob": {"shedule": "@daily"}}, "shedule"),
        ({"cronjob": {"schedule": "daily"}}, "schedule"),
        ({"connections": 0}, "connections"),
        ({"securityContext": {"runAsUser": 0}}, "runAsUser"),
        ({"networkPolicy": {"databases": {"ports": []}}}, "ports"),
    ],
)
def test_wrong_values_are_refused(values: dict[str, Any], names: str) -> None:
    """A missing, misspelt or unsafe value stops the installation, and the message names it."""
    with pytest.raises(helm.HelmError, match=names):
        rendered(merged(LEAST, values))


@pytest.mark.unit
def test_the_chart_is_of_this_version() -> None:
    """The chart's image has the project's version, and its schema knows each default value."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == project["version"]
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert defaults.keys() == schema["properties"].keys() - {"global"}


@pytest.mark.unit
def test_names_stay_short() -> None:
    """The longest name of a release gives names that Kubernetes takes for jobs and services."""
    for found in rendered(merged(LEAST, SHAPES["with Dagster"]), "a" * 53):
        assert len(found["metadata"]["name"]) <= 52


@pytest.mark.e2e
def test_the_cronjob_refreshes(company_db: str, target_db: str, tmp_path: Path) -> None:
    """The CronJob's own command publishes a copy where only its volumes can be written."""
    objects = rendered(LEAST)
    (pod,) = (pod for _, pod in pods(objects))
    (policy,) = (found["data"] for found in objects if found["kind"] == "ConfigMap")
    (container,) = pod["containers"]
    places = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    for name in places.values():
        (tmp_path / name).mkdir()
    (tmp_path / "project" / "mask-rules.yaml").write_text(policy["mask-rules.yaml"])

    def here(text: str) -> str:
        for place, name in places.items():
            text = text.replace(place, str(tmp_path / name)) if text.startswith(place) else text
        return text

    plain = {found["name"]: here(found["value"]) for found in container["env"] if "value" in found}
    secret = {
        "SOURCE_DB_URL": company_db,
        "TARGET_DB_URL": target_db,
        "ANONYMIZATION_SALT": "the salt of the test suite, long enough",
    }
    asked = {found["name"] for found in container["env"] if "valueFrom" in found}
    assert asked == secret.keys()
    done = run_privaci(
        *map(here, container["command"][1:]),
        environ={**os.environ, **plain, **secret, "HOME": here("/home/privaci")},
        folder=Path(here(container["workingDir"])),
    )
    assert done.returncode == 0, done.stderr[-1000:]
    assert list((tmp_path / "proofs").iterdir())
    assert (tmp_path / "home" / "dagster").is_dir()
    assert [found.name for found in (tmp_path / "project").iterdir()] == ["mask-rules.yaml"]
    with psycopg.connect(target_db) as session:
        assert session.execute("SELECT to_regclass('_privaci.unfinished')").fetchone() == (None,)
