# shellcheck shell=bash
# Everything that can be known to be wrong before anything is created.

subscription_id=
subscription_name=
account_name=
environment=
host=
model=
resources_location=
group_location=
group_exists=false
group_is_ours=false
group_owner=

# at_least 1.29.0 1.30.2: whether the second is not older than the first.
at_least() {
    local a b rest_a=$1. rest_b=$2.
    while [[ -n $rest_a ]]; do
        a=${rest_a%%.*} b=${rest_b%%.*}
        rest_a=${rest_a#*.} rest_b=${rest_b#*.}
        [[ ${b:-0} =~ ^[0-9]+$ ]] || b=0
        ((10#${b:-0} > 10#$a)) && return 0
        ((10#${b:-0} < 10#$a)) && return 1
    done
    return 0
}

check_tool() {
    local tool=$1 least=$2 version=$3 where=$4
    [[ -n $version ]] || die "$tool is needed and was not found, or does not start. Install it: $where"
    at_least "$least" "$version" || die "$tool $version is too old; $least or newer is needed. Update it: $where"
}

tool_version() {
    case $1 in
        az) ask_azure version --query '"azure-cli"' --output tsv ;;
        azd) ask azd version | sed -nE 's/.*azd version ([0-9]+\.[0-9]+\.[0-9]+).*/\1/p' ;;
        curl) ask curl --version | sed -nE '1s/^curl ([0-9]+\.[0-9]+(\.[0-9]+)?).*/\1/p' ;;
    esac
}

check_tools() {
    local version
    version=$(tool_version az) || version=
    check_tool "az (the Azure CLI)" 2.60.0 "$version" "https://aka.ms/azure-cli"
    version=$(tool_version azd) || version=
    check_tool "azd (the Azure Developer CLI)" 1.29.0 "$version" "https://aka.ms/azd"
    version=$(tool_version curl) || version=
    check_tool curl 7.40.0 "$version" "your system's packages"
}

check_logins() {
    local account tenant_id=""
    account=$(ask_azure account show ${subscription_wanted:+--subscription "$subscription_wanted"} \
        --query "[id, name, user.name, tenantId]" --output tsv) ||
        die "az is not logged in, or does not know the subscription. Run: az login"
    {
        read -r subscription_id
        read -r subscription_name
        read -r account_name
        read -r tenant_id
    } <<<"$(printf '%s\n' "$account" | tr '\t' '\n')"
    # azd ends with 0 here also when nobody is logged in.
    [[ $(ask azd auth login --check-status --output json --no-prompt) =~ \"status\":\ *\"success\" ]] ||
        die "azd is not logged in; it has a login of its own. Run: azd auth login"
    check_tenant_of_azd "$tenant_id"
    say "Subscription $subscription_name ($subscription_id), as $account_name."
}

# The two logins are apart, and azd would fail only when the group is made already. A token names its directory in its
# middle part. It stays in a variable; when it cannot be read, azd itself will say what is wrong.
check_tenant_of_azd() {
    local claims tenant
    claims=$(ask azd auth token --output json --no-prompt | sed -nE 's/.*"token": *"[^".]*\.([^".]*)\..*/\1/p' | tr '_-' '/+') || return 0
    while ((${#claims} % 4)); do claims=$claims=; done
    tenant=$(printf '%s' "$claims" | base64 -d 2>/dev/null | sed -nE 's/.*"tid": *"([^"]*)".*/\1/p') || return 0
    [[ -z $tenant || -z $1 || $tenant == "$1" ]] ||
        die "azd is logged in to another directory ($tenant) than az ($1). Run: azd auth login --tenant-id $1"
}

# The group's place and owner. A group that was there before stays when the rest goes.
look_at_group() {
    local known
    group_location=$location
    group_exists=$(answer_group_exists)
    [[ -n $group_exists ]] || die "az could not say whether the resource group $rg exists. The log says why."
    $group_exists || return 0
    if ! known=$(ask_azure group show --name "$rg" --subscription "$subscription_id" --query location --output tsv) ||
        ! group_owner=$(owner_of_group); then
        die "The resource group $rg exists, but your account may not look at it."
    fi
    group_location=$known
    case $group_owner in
        "$environment") group_is_ours=true ;;
        voice-*) die "The resource group $rg belongs to another deployment of this script, $group_owner. Choose another name for rg." ;;
        *) say "The resource group $rg was there before: --down will not delete it." ;;
    esac
}

# true, false, or nothing when az could not say.
answer_group_exists() {
    local exists
    exists=$(ask_azure group exists --name "$rg" --subscription "$subscription_id" --output tsv) || exists=
    case $exists in true | false) echo "$exists" ;; esac
}

# The environment that made the group, or nothing.
owner_of_group() {
    local owner
    owner=$(ask_azure group show --name "$rg" --subscription "$subscription_id" --query 'tags."azd-env-name"' \
        --output tsv) || return 1
    [[ $owner == None ]] || printf '%s\n' "$owner"
}

check_environment() {
    local was
    ! environment_exists || load_environment ||
        die "azd cannot read its environment $environment in .azure/. The log says why."
    was=$(remembered AZURE_SUBSCRIPTION_ID)
    [[ -z $was || $was == "$subscription_id" ]] ||
        die "The group $rg was deployed from here to the subscription $was, but az now uses $subscription_id." \
            "Run: az account set --subscription $was. Or choose another name for rg."
    was=$(remembered VOICE_HOST)
    was=${was:-$(deployed_elsewhere "tags.\"azd-service-name\"")}
    host=$(setting VOICE_HOST "${was:-appservice}")
    [[ -z $was || $was == "$host" ]] ||
        die "This deployment runs on $was. Remove it first (bash azdeploy.sh --down), or use another resource group for $host."
    was=$(remembered RESOURCES_LOCATION)
    was=${was:-$(deployed_elsewhere location)}
    resources_location=${was:-$location}
    if [[ -n $was && $was != "$location" ]]; then
        say "The resources are in $was, where they were deployed; $location is for a new deployment."
    fi
}

# What Azure says of an app that was deployed from another machine, or from another copy of this repository.
deployed_elsewhere() {
    local value
    $group_is_ours && ! environment_exists || return 0
    value=$(ask_azure resource list --resource-group "$rg" --subscription "$subscription_id" --output tsv \
        --query "[?tags.\"azd-env-name\" == '$environment' && tags.\"azd-service-name\"].$1 | [0]") || return 0
    [[ $value == None ]] || printf '%s\n' "$value"
}

model_row() {
    awk -F '\t' -v model="$1" '!/^#/ && $1 == model' "$here/deploy/azure/models.tsv"
}

regions_of() {
    model_row "$1" | cut -f 3
}

current_models() {
    awk -F '\t' -v today="$(date -u +%Y-%m-%d)" \
        '!/^#/ && $2 != "gone" && ($2 == "-" || $2 > today) { printf "%s%s", separator, $1; separator = ", " }' \
        "$here/deploy/azure/models.tsv"
}

check_model() {
    local row retires today
    model=$(setting VOICE_LIVE_MODEL gpt-realtime)
    row=$(model_row "$model")
    [[ -n $row ]] || die "There is no Voice Live model $model. There are: $(current_models)."
    retires=$(printf '%s\n' "$row" | cut -f 2)
    today=$(date -u +%Y-%m-%d)
    if [[ $retires == gone || ($retires != - && ! $retires > $today) ]]; then
        die "The model $model is retired. Choose another with --model: $(current_models)."
    fi
    [[ $retires == - ]] || say "The model $model is retired on $retires; after that, deploy with another --model."
    check_region
}

check_region() {
    case " $(regions_of "$model") " in
        *" $resources_location "*) ;;
        *) die "$resources_location does not have the model $model. Change location to one of: $(regions_of "$model")." ;;
    esac
}

# Roles tell most, not all: what a role of one's own may do is not known before it is tried.
check_rights() {
    local roles role may_create=false may_assign=false unknown=false scope=/subscriptions/$subscription_id
    ! $group_exists || scope=$scope/resourceGroups/$rg
    roles=$(ask_azure role assignment list --assignee "$account_name" --scope "$scope" --include-inherited \
        --include-groups --query "[].roleDefinitionName" --output tsv) || roles=
    if [[ -z $roles ]]; then
        say "Your roles could not be read; if one is missing, Azure will say so."
        return 0
    fi
    while IFS= read -r role; do
        case $role in
            Owner) may_create=true may_assign=true ;;
            Contributor) may_create=true ;;
            "User Access Administrator" | "Role Based Access Control Administrator") may_assign=true ;;
            Reader | *" Reader" | *" User") ;;
            *) unknown=true ;;
        esac
    done <<<"$roles"
    if $may_create && $may_assign; then return 0; fi
    if $unknown; then
        say "Your roles may not be enough ($(printf '%s' "$roles" | tr '\n' ',')); if so, Azure will say so."
        return 0
    fi
    $may_create || die "Your account may not create resources in $scope. Ask for the role Owner, or Contributor and Role Based Access Control Administrator."
    die "Your account may not assign roles in $scope, and the app needs two. Ask for the role Role Based Access Control Administrator there."
}

needed_providers() {
    printf '%s\n' Microsoft.CognitiveServices Microsoft.ContainerRegistry Microsoft.ManagedIdentity \
        Microsoft.OperationalInsights Microsoft.Insights
    [[ $host == appservice ]] && echo Microsoft.Web || echo Microsoft.App
}

register_provider() {
    run_logged az provider register --namespace "$1" --wait --subscription "$subscription_id" --only-show-errors ||
        die "The resource provider $1 is not registered, and your account may not register it. Ask an owner of the subscription to run: az provider register --namespace $1"
}

check_providers() {
    local namespace state
    for namespace in $(needed_providers); do
        state=$(ask_azure provider show --namespace "$namespace" --subscription "$subscription_id" \
            --query registrationState --output tsv) || state=unknown
        [[ $state != Registered ]] || continue
        if $dry_run; then
            say "Would run: az provider register --namespace $namespace"
        else
            say "Registering $namespace, which this subscription has not used yet."
            register_provider "$namespace"
        fi
    done
}

# A deleted account keeps its name for two days, and the next one of that name is refused.
check_deleted_namesakes() {
    local name place
    list_deleted_accounts || say "Deleted accounts could not be listed; if one is in the way, Azure will say so."
    while IFS=$'\t' read -r name place; do
        [[ $place == "$resources_location" ]] || continue
        if $dry_run; then
            say "Would run: az cognitiveservices account purge --name $name --location $place"
        else
            say "The account $name, deleted earlier, still holds its name; it is purged."
            purge_account "$name" "$place" || die "The deleted account $name could not be purged. The log says why."
        fi
    done <"$work_folder/deleted"
}

check_access() {
    local networks
    [[ -z $(setting ACCESS_CHOSEN "") ]] || return 0
    [[ -t 0 ]] || die "Say who may open the page: --allowed-networks LIST, --sign-in CLIENT_ID, or --public for everybody who has the link (at your cost)."
    echo "Who may open the page? Everybody who can, talks at your cost."
    while :; do
        read -r -p "Networks such as 203.0.113.0/24, comma separated, or the word everyone: " networks ||
            die "Nothing was answered."
        [[ -n $networks ]] || continue
        if means_everyone "$networks"; then
            given+=("ALLOWED_NETWORKS=" "SIGN_IN_CLIENT_ID=" "ACCESS_CHOSEN=true")
            return 0
        fi
        if networks=$(normal_networks "$networks"); then
            given+=("ALLOWED_NETWORKS=$networks" "ACCESS_CHOSEN=true")
            return 0
        fi
        printf '%s\n' "$networks"
    done
}

# In the languages of the page.
means_everyone() {
    case $(in_small_letters "$1") in
        everyone | everybody | anyone | all | public) return 0 ;;
        tutti | chiunque | pubblico | pubblica) return 0 ;;
        todos | todas | "todo mundo" | "qualquer um" | público | pública | publico | publica) return 0 ;;
        "todo el mundo" | cualquiera) return 0 ;;
    esac
    return 1
}

# What the size of the plan can hold: https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits
# (App Service). Basic takes 350 WebSockets an instance; some are for pages that only ask.
readonly basic_sessions=300 sessions_of_one_account=300
check_size() {
    local plan instances sessions most=30
    plan=$(setting PLAN_SIZE B1)
    instances=$(setting INSTANCES 1)
    sessions=$(setting SESSIONS_PER_INSTANCE 64)
    if [[ $host == appservice ]]; then
        case $plan in B*) most=3 ;; S*) most=10 ;; esac
        ((instances <= most)) ||
            die "The plan $plan has at most $most instances, not $instances. Say --instances $most, or a larger plan: S1 has 10, P0v3 30."
        [[ $plan != B* ]] || ((sessions <= basic_sessions)) ||
            die "An instance of the plan $plan holds at most $basic_sessions conversations (350 WebSockets), not $sessions. Say --sessions $basic_sessions, or --plan S1."
    fi
    ((instances * sessions <= sessions_of_one_account)) ||
        say "All instances share one AI Services account, which takes about 30 new conversations a minute: people may have to wait before $((instances * sessions)) talk."
}

# What every action needs to know.
find_deployment() {
    check_tools
    environment=$(environment_name)
    take_lock
    check_logins
    look_at_group
    check_environment
}
