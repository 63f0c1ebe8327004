# shellcheck shell=bash
# azd remembers a deployment in .azure/<environment>/; one environment for each resource group.

# Group names may hold more than the names of environments, so a hash keeps voice_lab and voice-lab apart. Azure does not
# tell capitals from small letters.
environment_name() {
    local group words hash
    group=$(in_small_letters "$rg")
    words=$(printf '%s' "$group" | tr -c 'a-z0-9\n' '-')
    hash=$(printf '%s' "$group" | sha256 | cut -c 1-8)
    printf 'voice-%s-%s\n' "${words:0:40}" "$hash"
}

in_small_letters() {
    printf '%s\n' "$1" | tr '[:upper:]' '[:lower:]'
}

environment_exists() {
    [[ -d $here/.azure/$environment ]]
}

# azd is asked again only after something has changed.
load_environment() {
    ask azd env get-values --environment "$environment" --no-prompt >"$work_folder/remembered"
}

# A remembered value, or nothing.
remembered() {
    environment_exists || return 0
    [[ -f $work_folder/remembered ]] || load_environment || return 0
    tr -d '\r' <"$work_folder/remembered" | sed -nE "s/^$1=\"?([^\"]*)\"?\$/\1/p"
}

# What was said on the command line, else what is remembered, else the default.
setting() {
    local name=$1 default=$2 pair value
    value=$(remembered "$name")
    for pair in ${given[@]+"${given[@]}"}; do
        [[ ${pair%%=*} != "$name" ]] || value=${pair#*=}
    done
    printf '%s\n' "${value:-$default}"
}

remember() {
    rm -f "$work_folder/remembered"
    change "" azd env set "$@" --environment "$environment" --no-prompt
}

open_environment() {
    local on_app_service=true
    [[ $host == appservice ]] || on_app_service=false
    if ! environment_exists; then
        change "Making the azd environment $environment." azd env new "$environment" \
            --subscription "$subscription_id" --location "$group_location" --no-prompt
    fi
    remember "AZURE_SUBSCRIPTION_ID=$subscription_id" "AZURE_RESOURCE_GROUP=$rg" "AZURE_LOCATION=$group_location" \
        "RESOURCES_LOCATION=$resources_location" "VOICE_HOST=$host" "ON_APP_SERVICE=$on_app_service" \
        "ON_CONTAINER_APPS=$($on_app_service && echo false || echo true)" "VOICE_LIVE_MODEL=$model" \
        ${given[@]+"${given[@]}"}
}

# azd acts on what its environment says, whatever was asked for, and the group may have changed hands since it was
# looked at. So both are compared before every change.
verify_target() {
    local group subscription owner
    group=$(remembered AZURE_RESOURCE_GROUP)
    subscription=$(remembered AZURE_SUBSCRIPTION_ID)
    [[ $(in_small_letters "$group") == "$(in_small_letters "$rg")" && $subscription == "$subscription_id" ]] ||
        die "The azd environment $environment is of the group ${group:-(none)} in the subscription ${subscription:-(none)}, not of $rg in $subscription_id. Nothing was changed. Move .azure/$environment away, then run the script again."
    owner=$(owner_of_group) || die "az could not say whose the resource group $rg is, so nothing was changed. The log says why."
    [[ $owner == "$group_owner" ]] ||
        die "The resource group $rg has another owner than before (${owner:-none}), so nothing was changed. Run the script again."
}

# What azd changes in Azure, in our group only.
change_with_azd() {
    local title=$1
    shift
    $dry_run || verify_target
    change "$title" azd "$@" --environment "$environment" --no-prompt
}
