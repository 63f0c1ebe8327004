"""`azure.yaml`: what azd needs to build one image remotely and start it on one of two hosts."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROJECT: dict[str, Any] = import_module("yaml").safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))
SERVICES = PROJECT["services"]


def test_azd_is_new_enough() -> None:
    assert PROJECT["requiredVersions"]["azd"] == ">= 1.29.0"
    assert "check_tool" in (preflight := (ROOT / "deploy/azure/preflight.sh").read_text())
    assert '"azd (the Azure Developer CLI)" 1.29.0' in preflight


def test_the_templates_are_where_azd_looks() -> None:
    infra = PROJECT["infra"]
    assert infra["provider"] == "bicep"
    for module in (infra["module"], SERVICES["containerapp"]["module"]):
        for suffix in (".bicep", ".bicepparam"):
            assert (ROOT / infra["path"] / (module + suffix)).is_file()
    # azd would take infra/<service>.bicepparam for the service's own template.
    assert not list((ROOT / infra["path"]).glob("appservice.*"))


def test_services_are_the_hosts_that_the_script_and_the_tags_name() -> None:
    assert {name: service["host"] for name, service in SERVICES.items()} == {
        "appservice": "appservice",
        "containerapp": "containerapp",
    }
    assert SERVICES["appservice"]["condition"] == "${ON_APP_SERVICE}"
    assert SERVICES["containerapp"]["condition"] == "${ON_CONTAINER_APPS}"
    script = (ROOT / "deploy/azure/azd_environment.sh").read_text()
    assert '"ON_APP_SERVICE=' in script
    assert '"ON_CONTAINER_APPS=' in script


@pytest.mark.parametrize("name", SERVICES)
def test_the_image_is_built_remotely_under_a_tag_that_is_the_builds_id(name: str) -> None:
    service = SERVICES[name]
    assert service["language"] == "docker"
    assert service["project"] == "."
    assert service["docker"] == {
        "path": "Dockerfile",
        "remoteBuild": True,
        "image": "openvoicelive",
        "tag": "${BUILD_ID}",
        "buildArgs": ["BUILD_ID=${BUILD_ID}"],
    }


def test_the_project_has_nothing_that_azd_would_run_by_itself() -> None:
    assert set(PROJECT) == {"name", "requiredVersions", "infra", "services"}
    assert not any("hooks" in service or "env" in service for service in SERVICES.values())
