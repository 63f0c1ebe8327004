# shellcheck shell=bash
# azd remembers a deployment in .azure/<environment>/; one environment for each resource group.

environment_name() {
    local name
    name=$(printf '%s' "voice-$rg" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9\n' '-')
    printf '%s\n' "${name:0:60}"
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
