#!/usr/bin/env bash
# Deploy openvoicelive to Azure, update it, and take it away again: docs/deployment.md.
#
# Edit these two, then: bash azdeploy.sh
rg="rg-openvoicelive"
location="eastus2"

# Runs with bash 3.2 and newer, so that macOS needs nothing installed.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/azure/output.sh
. "$here/deploy/azure/output.sh"
# shellcheck source=deploy/azure/errors.sh
. "$here/deploy/azure/errors.sh"
# shellcheck source=deploy/azure/steps.sh
. "$here/deploy/azure/steps.sh"
# shellcheck source=deploy/azure/deployments.sh
. "$here/deploy/azure/deployments.sh"
# shellcheck source=deploy/azure/deleted_accounts.sh
. "$here/deploy/azure/deleted_accounts.sh"
# shellcheck source=deploy/azure/azd_environment.sh
. "$here/deploy/azure/azd_environment.sh"
# shellcheck source=deploy/azure/preflight.sh
. "$here/deploy/azure/preflight.sh"
# shellcheck source=deploy/azure/build.sh
. "$here/deploy/azure/build.sh"
# shellcheck source=deploy/azure/health.sh
. "$here/deploy/azure/health.sh"
# shellcheck source=deploy/azure/deploy.sh
. "$here/deploy/azure/deploy.sh"
# shellcheck source=deploy/azure/remove.sh
. "$here/deploy/azure/remove.sh"

usage() {
    cat <<'HELP'
Usage: bash azdeploy.sh [what] [options]

Without anything it asks. What to do:
  1, --deploy              deploy everything: create what is missing, build, start, check
  2, --update              update only the app: build, start, check
  --down                   show what would be deleted, ask, delete it

Options:
  --resource-group NAME    instead of rg at the top of the script
  --location REGION        instead of location at the top of the script
  --subscription ID        instead of the one that az uses
  --host KIND              appservice (default) or containerapp
  --model NAME             a Voice Live model (default gpt-realtime)
  --voice NAME             default en-US-AvaNeural
  --instructions TEXT      what the agent is told to be
  --plan SIZE              B1 (default), B2, B3, S1 to S3, P0v3 to P3v3; App Service only
  --instances N            how many run (App Service) or may run (Container Apps); default 1
  --sessions N             conversations at once for each instance; default 64
  --allowed-networks LIST  only these may open the page: 203.0.113.0/24,198.51.100.7
  --sign-in CLIENT_ID      people must sign in, through this app registration
  --public                 everybody who has the link may talk, at your cost
  --yes                    answer every question with yes
  --dry-run                check everything, change nothing, say what would be done
  --log FILE               default azdeploy.log beside the script
  --help                   this text

One of --allowed-networks, --sign-in and --public is needed the first time; without a terminal there is nobody to ask.
All of them are remembered for this resource group in .azure/. Exit status: 0 done, 1 failed, 2 wrong use,
3 deployed but not checked, because this machine may not open the page.
HELP
}

action=
subscription_wanted=
assume_yes=false
dry_run=false
log_file=$here/azdeploy.log
# NAME=VALUE for the azd environment, as given on the command line.
given=()

wrong_use() {
    printf '%s\n' "$1" "bash azdeploy.sh --help says what there is." >&2
    exit 2
}

choose_action() {
    [[ -z $action || $action == "$1" ]] || wrong_use "Choose one of --deploy, --update and --down."
    action=$1
}

# Each check says what is wrong before anything is done.
require_match() {
    local value=$1 pattern=$2 sentence=$3
    [[ $value =~ $pattern ]] || wrong_use "$sentence It is \"$value\"."
}

allowed_networks() {
    local network networks="" octet='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
    local ipv4="^$octet\.$octet\.$octet\.$octet(/([12]?[0-9]|3[0-2]))?$" ipv6='^[0-9a-fA-F:]*:[0-9a-fA-F:]+(/[0-9]{1,3})?$'
    for network in ${1//,/ }; do
        [[ $network =~ $ipv4 || $network =~ $ipv6 ]] ||
            wrong_use "--allowed-networks takes networks such as 203.0.113.0/24, comma separated; \"$network\" is none."
        case $network in
            */*) ;;
            *:*) network=$network/128 ;;
            *) network=$network/32 ;;
        esac
        networks=${networks:+$networks,}$network
    done
    [[ -n $networks ]] || wrong_use "--allowed-networks needs at least one network."
    given+=("ALLOWED_NETWORKS=$networks" "ACCESS_CHOSEN=true")
}

read_arguments() {
    local name
    while (($#)); do
        name=$1
        case $name in
            1 | --deploy) choose_action deploy ;;
            2 | --update) choose_action update ;;
            --down) choose_action remove ;;
            --yes) assume_yes=true ;;
            --dry-run) dry_run=true ;;
            --public) given+=("ALLOWED_NETWORKS=" "SIGN_IN_CLIENT_ID=" "ACCESS_CHOSEN=true") ;;
            --help | -h)
                usage
                exit 0
                ;;
            --*)
                (($# > 1)) || wrong_use "$name is not known, or needs a value."
                shift
                read_option "$name" "$1"
                ;;
            *) wrong_use "\"$name\" is not understood." ;;
        esac
        shift
    done
    require_match "$rg" '^[-A-Za-z0-9_().]{1,90}$' "rg must be the name of a resource group: letters, digits, - _ . ( )."
    require_match "$location" '^[a-z0-9]+$' "location must be the short name of a region, such as eastus2."
}

read_option() {
    local name=$1 value=$2
    local guid='^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
    case $name in
        --resource-group) rg=$value ;;
        --location) location=$value ;;
        --subscription)
            require_match "$value" "$guid" "--subscription takes the subscription's id."
            subscription_wanted=$value
            ;;
        --host)
            require_match "$value" '^(appservice|containerapp)$' "--host is appservice or containerapp."
            given+=("VOICE_HOST=$value")
            ;;
        --model) given+=("VOICE_LIVE_MODEL=$value") ;;
        --voice)
            require_match "$value" '^[A-Za-z0-9:._-]+$' "--voice takes the name of a voice, such as en-US-AvaNeural."
            given+=("VOICE_LIVE_VOICE=$value")
            ;;
        --instructions) given+=("VOICE_LIVE_INSTRUCTIONS=$value") ;;
        --plan)
            require_match "$value" '^(B[123]|S[123]|P[0123]v3)$' "--plan is one of B1 to B3, S1 to S3, P0v3 to P3v3."
            given+=("PLAN_SIZE=$value")
            ;;
        --instances)
            require_match "$value" '^([1-9]|[12][0-9]|30)$' "--instances is a number from 1 to 30."
            given+=("INSTANCES=$value")
            ;;
        --sessions)
            require_match "$value" '^([1-9][0-9]{0,2}|1000)$' "--sessions is a number from 1 to 1000."
            given+=("SESSIONS_PER_INSTANCE=$value")
            ;;
        --allowed-networks) allowed_networks "$value" ;;
        --sign-in)
            require_match "$value" "$guid" "--sign-in takes the client id of an app registration."
            given+=("SIGN_IN_CLIENT_ID=$value" "ACCESS_CHOSEN=true")
            ;;
        --log)
            # The script works in its own folder.
            [[ $value == /* ]] || value=$PWD/$value
            log_file=$value
            ;;
        *) wrong_use "$name is not known." ;;
    esac
}

menu() {
    local choice
    [[ -t 0 ]] || wrong_use "There is no terminal to ask: say --deploy, --update or --down."
    cat <<MENU
openvoicelive on Azure: resource group $rg, region $location

  1. Deploy everything
  2. Update only the app

MENU
    while [[ -z $action ]]; do
        read -r -p "Your choice (1, 2, or q to leave): " choice || exit 0
        case $choice in
            1) action=deploy ;;
            2) action=update ;;
            q) exit 0 ;;
        esac
    done
}

main() {
    read_arguments "$@"
    [[ -n $action ]] || menu
    open_log
    trap 'unexpected_failure "$LINENO" "$BASH_COMMAND"' ERR
    trap close_log EXIT
    trap interrupted INT TERM
    cd "$here"
    case $action in
        deploy) deploy_everything ;;
        update) update_app ;;
        remove) remove_everything ;;
    esac
}

# Sourced, it only defines its functions.
[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
