"""The templates are Bicep, agree with Azure's types, and keep what they promise."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.checks.azure_types import REFRESH, known_types, used_types
from tests.deploy.checks.bicep import (
    FUNCTIONS,
    INFRA,
    ROOT,
    TYPES,
    body,
    code,
    declared,
    problems,
    read,
    resources,
    templates,
    used,
)

MAIN = INFRA / "main.bicep"
CONTAINER_APP = INFRA / "container-app.bicep"
PARAMETERS = [INFRA / "main.bicepparam", INFRA / "container-app.bicepparam"]
TEXTS = {path: path.read_text(encoding="utf-8") for path in [*templates(), *PARAMETERS]}
EVERYTHING = "\n".join(TEXTS.values())
ROLES = {
    "ai-services-roles": {
        "a97b65f3-24c7-4388-baec-2e87135dc908",  # Cognitive Services User
        "53ca6127-db72-4b80-b1b0-d745d6d5456d",  # Foundry User
    },
    "registry-roles": {"7f951dda-4ed3-4680-a7ca-43fe172d538d"},  # AcrPull
    "application-insights-roles": {"3913510d-42f4-4e42-8a64-420c390055eb"},  # Monitoring Metrics Publisher
}


def module(name: str) -> Path:
    return INFRA / "modules" / f"{name}.bicep"


def resource(path: Path, kind: str) -> dict[str, Any]:
    found = [one for _, one in resources(path) if one["type"] == kind and not one["existing"]]
    assert len(found) == 1
    return body(found[0])


def named(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {entry["name"]: entry["value"] for entry in entries}


def name_of(path: Path) -> str:
    return str(path.relative_to(INFRA))


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_types_and_properties_are_azures(path: Path) -> None:
    assert problems(path) == []


@pytest.mark.parametrize("path", [*templates(), *PARAMETERS], ids=name_of)
def test_every_name_is_declared_and_used(path: Path) -> None:
    names = declared(path)
    assert used(path) - set(names) - FUNCTIONS - TYPES == set()
    if path.suffix == ".bicep":
        unused = {name for name, kind in names.items() if kind in {"param", "var"}} - used(path)
        assert unused == set()


def test_the_table_has_exactly_the_types_that_are_used() -> None:
    assert set(known_types()) == used_types(), f"To refresh the table: {REFRESH}"


def test_a_mistake_would_be_found(tmp_path: Path) -> None:
    mistaken = TEXTS[module("registry")].replace("adminUserEnabled", "adminUserEnable")
    mistaken = mistaken.replace("'Basic'", "'Cheap'").replace("location: location", "location: place")
    mistaken = mistaken.replace("anonymousPullEnabled: false", "status: 'fine'\n    policies: 7")
    path = tmp_path / "registry.bicep"
    path.write_text(mistaken)
    found = "\n".join(problems(path))
    assert "properties.adminUserEnable does not exist" in found
    assert "properties.status is read-only" in found
    assert "policies is 7" in found
    assert "place" in used(path) - set(declared(path))


def test_a_limit_told_in_words_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "container-app.bicep"
    path.write_text(TEXTS[CONTAINER_APP].replace("failureThreshold: 10", "failureThreshold: 60"))
    assert [problem for problem in problems(path) if "failureThreshold is 60" in problem]


@pytest.mark.parametrize("word", ["...", "string?", "int?", "func ", "import ", "@export"])
def test_the_templates_are_plain(word: str) -> None:
    assert all(word not in code(path) for path in templates())


@pytest.mark.parametrize("path", [MAIN], ids=name_of)
def test_modules_get_the_parameters_that_they_have(path: Path) -> None:
    modules = read(path)["modules"]
    for one in modules.values():
        called = INFRA / one["detail"]["path"]
        wanted = read(called)["parameters"]
        given = set(body(one)["params"])
        assert given <= set(wanted), called.name
        assert {name for name, about in wanted.items() if about["default"] is None} <= given, called.name
        outputs = set(read(called).get("outputs", {}))
        symbol = next(name for name, other in modules.items() if other is one)
        assert set(re.findall(rf"\b{symbol}\.outputs\.(\w+)", TEXTS[path])) <= outputs
    assert {path.name for path in (INFRA / "modules").iterdir()} == {
        Path(one["detail"]["path"]).name for one in modules.values()
    }


@pytest.mark.parametrize("path", PARAMETERS, ids=name_of)
def test_parameter_files_give_what_their_template_wants(path: Path) -> None:
    template = path.with_suffix(".bicep")
    assert f"using './{template.name}'" in TEXTS[path]
    given = set(re.findall(r"^param (\w+) =", TEXTS[path], re.MULTILINE))
    wanted = read(template)["parameters"]
    assert given <= set(wanted)
    assert {name for name, about in wanted.items() if about["default"] is None} <= given


def test_every_variable_that_the_parameters_read_is_written() -> None:
    scripts = "".join(
        path.read_text() for path in [ROOT / "azdeploy.sh", *(ROOT / "deploy/azure").glob("*.sh")]
    )
    outputs = set(read(MAIN)["outputs"])
    # azd writes the name of the environment, and of the image that it has built.
    by_azd = {"AZURE_ENV_NAME", "SERVICE_APPSERVICE_IMAGE_NAME", "SERVICE_CONTAINERAPP_IMAGE_NAME"}
    for path in PARAMETERS:
        for variable in re.findall(r"readEnvironmentVariable\('(\w+)'", TEXTS[path]):
            assert f"{variable}=" in scripts or variable in outputs | by_azd, variable


def test_nothing_needs_or_gives_away_a_key() -> None:
    assert not re.search(
        r"listKeys|listSecrets|listCredentials|sharedKey|connectionStrings|@secure", EVERYTHING
    )
    assert (
        resource(module("registry"), "Microsoft.ContainerRegistry/registries")["properties"][
            "adminUserEnabled"
        ]
        is False
    )
    account = resource(module("ai-services"), "Microsoft.CognitiveServices/accounts")["properties"]
    assert account["disableLocalAuth"] is True
    assert account["customSubDomainName"] == "name"
    insights = resource(module("application-insights"), "Microsoft.Insights/components")["properties"]
    assert insights["DisableLocalAuth"] is True
    workspace = resource(module("log-analytics"), "Microsoft.OperationalInsights/workspaces")["properties"]
    assert workspace["features"]["disableLocalAuth"] is True
    outputs = "\n".join(json.dumps(read(path).get("outputs", {})) for path in templates())
    assert not re.search("connection|key|secret|password|token", outputs, re.IGNORECASE)


def test_no_model_is_deployed() -> None:
    assert "accounts/deployments" not in EVERYTHING


@pytest.mark.parametrize("name", ROLES)
def test_roles_are_the_right_ones_on_the_identity(name: str) -> None:
    text = TEXTS[module(name)]
    variables = {key: about["value"] for key, about in read(module(name))["variables"].items()}
    assert set(variables.values()) == ROLES[name]
    given = set()
    for _, one in resources(module(name)):
        if one["type"] == "Microsoft.Authorization/roleAssignments":
            properties = body(one)["properties"]
            assert properties["principalId"] == "principalId"
            assert properties["principalType"] == "ServicePrincipal"
            assert body(one)["scope"] in {"account", "registry", "component"}
            given |= set(re.findall(r"roleDefinitions', (\w+)\)", text))
    assert given == set(variables)
    symbol = re.sub(r"-(\w)", lambda match: match[1].upper(), name)
    assert re.search(
        rf"module {symbol} .*?principalId: identity\.outputs\.principalId", TEXTS[MAIN], re.DOTALL
    )


def test_role_assignments_are_nowhere_else() -> None:
    holders = {path.stem for path in templates() if "Microsoft.Authorization/roleAssignments@" in TEXTS[path]}
    assert holders == set(ROLES)


def test_there_is_one_port_in_the_app_its_settings_its_probes_and_the_image() -> None:
    port = read(MAIN)["variables"]["port"]["value"]
    settings = (ROOT / "src/openvoicelive/settings.py").read_text(encoding="utf-8")
    assert f"port: int = {port}" in settings
    site = TEXTS[module("web-app")]
    assert "{ name: 'PORT', value: string(port) }" in site
    assert "{ name: 'WEBSITES_PORT', value: string(port) }" in site
    app = TEXTS[CONTAINER_APP]
    assert "targetPort: port" in app
    assert "{ name: 'PORT', value: string(port) }" in app
    assert set(re.findall(r"\bport: (\w+)", app)) == {"port"}
    assert set(re.findall(r"^EXPOSE (\d+)", dockerfile(), re.MULTILINE)) == {str(port)}
    assert set(re.findall(r"\bPORT=(\d+)", dockerfile())) == {str(port)}


def test_the_image_says_which_build_it_is() -> None:
    """App settings would survive a failed change of the image, and claim the new build for the old one."""
    assert "BUILD_ID" not in EVERYTHING
    last_stage = re.split(r"^FROM ", dockerfile(), flags=re.MULTILINE)[-1]
    assert re.search(r"^ARG BUILD_ID", last_stage, re.MULTILINE)
    assert re.search(r"^ENV .*\bBUILD_ID=\$BUILD_ID", last_stage, re.MULTILINE)


def test_azure_builds_the_image_for_azure_from_pinned_bases() -> None:
    """azd names no target when Azure builds, so the last stage counts; Docker Hub limits unknown pullers."""
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", dockerfile(), re.MULTILINE)
    assert stages[-1][1] == "azure"
    bases = {base for base, _ in stages} - {name for _, name in stages}
    assert bases
    pinned = r"mcr\.microsoft\.com/[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}"
    assert all(re.fullmatch(pinned, base) for base in bases)


def test_the_image_needs_nothing_that_azures_builder_lacks() -> None:
    """Azure's registries build without BuildKit."""
    assert not re.search(
        r"^(RUN|COPY|ADD) --(mount|chmod|link|network|security)|<<", dockerfile(), re.MULTILINE
    )


def test_the_site_is_set_as_a_container_with_websockets_and_no_passwords() -> None:
    site = resource(module("web-app"), "Microsoft.Web/sites")
    assert site["kind"] == "app,linux,container"
    assert "'azd-service-name': 'appservice'" in TEXTS[module("web-app")]
    assert site["identity"]["type"] == "UserAssigned"
    assert site["properties"]["httpsOnly"] is True
    config = site["properties"]["siteConfig"]
    assert config["linuxFxVersion"] == "DOCKER|${imageName}"
    expected = {
        "acrUseManagedIdentityCreds": True,
        "alwaysOn": True,
        "webSocketsEnabled": True,
        "http20Enabled": True,
        "minTlsVersion": "1.2",
        "ftpsState": "Disabled",
        "healthCheckPath": "/healthz",
    }
    assert {key: config[key] for key in expected} == expected
    # The client id, not the resource id: App Service takes nothing else here.
    assert "acrUserManagedIdentityID: identity.properties.clientId" in TEXTS[module("web-app")]
    policies = [
        body(one)
        for _, one in resources(module("web-app"))
        if one["type"] == "Microsoft.Web/sites/basicPublishingCredentialsPolicies"
    ]
    assert {(one["name"], one["properties"]["allow"]) for one in policies} == {("scm", False), ("ftp", False)}


def test_the_container_app_scales_by_sessions_drains_and_is_probed() -> None:
    properties = resource(CONTAINER_APP, "Microsoft.App/containerApps")["properties"]
    template = properties["template"]
    assert read(CONTAINER_APP)["variables"]["drainSeconds"]["value"] >= 60
    assert template["terminationGracePeriodSeconds"] == "drainSeconds"
    (rule,) = template["scale"]["rules"]
    assert rule["name"] == "sessions"
    assert "concurrentRequests: string(sessionsThatScale)" in TEXTS[CONTAINER_APP]
    assert template["scale"]["minReplicas"] == 1
    assert template["scale"]["maxReplicas"] == "instances"
    (container,) = template["containers"]
    probes = {probe["type"]: probe for probe in container["probes"]}
    assert set(probes) == {"Startup", "Readiness", "Liveness"}
    assert probes["Readiness"]["httpGet"]["path"] == "/healthz"
    assert "httpGet" not in probes["Liveness"]
    assert properties["configuration"]["ingress"]["allowInsecure"] is False


def test_both_hosts_give_the_app_the_same_settings_and_only_those_that_exist() -> None:
    site = resource(module("web-app"), "Microsoft.Web/sites")["properties"]["siteConfig"]["appSettings"]
    (container,) = resource(CONTAINER_APP, "Microsoft.App/containerApps")["properties"]["template"][
        "containers"
    ]
    only_app_service = {
        "WEBSITES_PORT",
        "WEBSITES_CONTAINER_STOP_TIME_LIMIT",
        "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
    }
    assert set(named(site)) - only_app_service == set(named(container["env"]))
    assert named(site)["HOST"] == "0.0.0.0"


def test_the_health_path_stays_open_behind_the_sign_in_and_no_client_secret_is_used() -> None:
    for path, kind in (
        (module("web-app"), "Microsoft.Web/sites/config"),
        (CONTAINER_APP, "Microsoft.App/containerApps/authConfigs"),
    ):
        (auth,) = [
            body(one)["properties"]
            for _, one in resources(path)
            if one["type"] == kind and "identityProviders" in body(one)["properties"]
        ]
        assert auth["globalValidation"]["excludedPaths"] == ["/healthz"]
        assert auth["platform"]["enabled"] == "signInWanted"
        assert auth["identityProviders"]["azureActiveDirectory"]["enabled"] == "signInWanted"
        setting = auth["identityProviders"]["azureActiveDirectory"]["registration"]["clientSecretSettingName"]
        # This setting's value is the identity's client id.
        assert setting.upper().replace("-", "_").replace("CLIENT_ID", "CLIENTID") == (
            "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID"
        )


def test_names_are_of_subscription_group_environment_and_region() -> None:
    assert "uniqueString(subscription().id, resourceGroup().id, environmentName, location)" in TEXTS[MAIN]
    for one in read(MAIN)["modules"].values():
        given = body(one)["params"]
        if "tags" in given:
            assert given["name"].endswith("${unique}")
            assert given["tags"] == "tags"
            # 13 characters is the length of uniqueString, 32 the shortest limit (a container app's name).
            assert len(given["name"].replace("${unique}", 13 * "x")) <= 32
    assert "tags: union(tags, { 'azd-service-name': 'containerapp' })" in TEXTS[CONTAINER_APP]


def test_the_placeholder_comes_from_microsofts_registry() -> None:
    images = set(re.findall(r"'([\w./-]+/[\w./-]+:latest)'", EVERYTHING))
    assert images
    assert all(image.startswith("mcr.microsoft.com/") for image in images)


def allowed(parameter: str) -> list[str]:
    decorators = read(MAIN)["parameters"][parameter]["decorators"]
    return next(one["argument"] for one in decorators if one["type"] == "allowed")


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def model_rows() -> list[list[str]]:
    text = (ROOT / "deploy/azure/models.tsv").read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


def test_the_template_allows_the_models_of_the_list_that_are_not_gone() -> None:
    rows = model_rows()
    assert allowed("model") == [model for model, retires, _ in rows if retires != "gone"]
    for model, retires, regions in rows:
        assert re.fullmatch(r"gone|-|20\d\d-\d\d-\d\d", retires), model
        assert regions.split(), model


def test_the_default_model_has_the_regions_that_the_service_documents() -> None:
    regions = next(row[2] for row in model_rows() if row[0] == "gpt-realtime").split()
    assert regions[:6] == ["eastus2", "swedencentral", "westus2", "australiaeast", "francecentral", "uksouth"]
    assert set(regions[6:]) == {"canadacentral", "canadaeast", "centralindia", "centralus", "southeastasia"}


def test_defaults_are_those_of_the_app_and_of_the_script() -> None:
    settings = (ROOT / "src/openvoicelive/settings.py").read_text(encoding="utf-8")
    parameters = read(MAIN)["parameters"]
    for parameter, constant in (("model", "MODEL"), ("voice", "VOICE"), ("instructions", "INSTRUCTIONS")):
        match = re.search(rf'^DEFAULT_{constant} = \(?\s*"([^"]+)"', settings, re.MULTILINE)
        assert match
        assert parameters[parameter]["default"] == match[1]
        for path in PARAMETERS:
            assert f"'{match[1]}'" in TEXTS[path]
    script = (ROOT / "deploy/azure/options.sh").read_text(encoding="utf-8")
    sizes = re.search(r"\^\((B.*?)\)\$", script)
    assert sizes
    assert all(re.fullmatch(sizes[1], size) for size in allowed("planSize"))
    assert len(allowed("planSize")) == 10
