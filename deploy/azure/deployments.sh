# shellcheck shell=bash
# Deployments that run in Azure, whoever has begun them: another run, another machine, or a run that was interrupted.

readonly deployment_tries=60 deployment_pause_s=30

# Name and begin of one that runs, or nothing.
running_deployment() {
    ask_azure deployment group list --resource-group "$rg" --subscription "$subscription_id" --output tsv \
        --query "[?properties.provisioningState == 'Running'].[name, properties.timestamp] | [0]" | tr '\t' '\n'
}

# 2026-11-20T17:02:00.123+00:00: how many minutes ago that was, or nothing. GNU's date takes -d, that of macOS -j -f.
minutes_since() {
    local then=${1%%[.+Z]*} began
    began=$(date -u -d "$then" +%s 2>/dev/null) || began=$(date -u -j -f %Y-%m-%dT%H:%M:%S "$then" +%s 2>/dev/null) || return 0
    echo $((($(date -u +%s) - began) / 60))
}

wait_for_other_deployment() {
    local try running name since minutes
    running=$(running_deployment) || running=
    name=$(printf '%s\n' "$running" | sed -n 1p)
    since=$(printf '%s\n' "$running" | sed -n 2p)
    minutes=$(minutes_since "$since")
    say "$reason ${name:+It is $name, since $since${minutes:+ ($minutes min)}.}"
    confirmed "Wait until it ends?" ||
        die "Another deployment is under way. Run the script again when it has ended, with --yes to wait for it." \
            "To stop it: az deployment group cancel --resource-group $rg --name ${name:-NAME}"
    for ((try = 1; try <= deployment_tries; try++)); do
        sleep "$deployment_pause_s"
        running=$(running_deployment) || running=unknown
        [[ -n $running && $running != None ]] || return 0
    done
    die "The other deployment has not ended within $((deployment_tries * deployment_pause_s / 60)) minutes." \
        "To stop it: az deployment group cancel --resource-group $rg --name ${name:-NAME}"
}
