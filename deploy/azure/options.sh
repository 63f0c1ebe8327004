# shellcheck shell=bash
# shellcheck disable=SC2034  # other files read what is set here
# The command line.

action=
subscription_wanted=
assume_yes=false
dry_run=false
log_file=$here/azdeploy.log
any_geography=false
# NAME=VALUE for the azd environment, as given on the command line.
given=()

# Names of options that only --deploy can apply.
for_deploy_only=

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
  --any-geography          a full region may be left for one in another part of the world; data is kept there then
  --yes                    answer every question with yes
  --dry-run                check everything, change nothing, say what would be done
  --log FILE               default azdeploy.log beside the script
  --help                   this text

One of --allowed-networks, --sign-in and --public is needed the first time; without a terminal there is nobody to ask.
All of them are remembered for this resource group in .azure/. --update and --down take none
of them but the group, the subscription, --yes, --dry-run and --log. Exit status: 0 done, 1 failed, 2 wrong use,
3 deployed but not checked, because this machine cannot open the page or nobody but people can sign in.
HELP
}

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

# Prints the networks, each with its size; fails with a sentence about what is wrong with them.
normal_networks() {
    local network networks="" octet='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
    local ipv4="^$octet\.$octet\.$octet\.$octet(/([12]?[0-9]|3[0-2]))?$" ipv6='^[0-9a-fA-F:]*:[0-9a-fA-F:]+(/([0-9]{1,2}|1[01][0-9]|12[0-8]))?$'
    for network in ${1//,/ }; do
        if ! [[ $network =~ $ipv4 || $network =~ $ipv6 ]]; then
            echo "--allowed-networks takes networks such as 203.0.113.0/24, comma separated; \"$network\" is none."
            return 1
        fi
        case $network in
            # No organisation has so much; two halves of the internet are as public as the whole.
            *.*/[0-7] | *:*/[0-9] | *:*/1[0-5])
                echo "$network is everybody, or nearly. Name your own networks; if everybody may talk at your cost, say --public."
                return 1
                ;;
            */*) ;;
            *:*) network=$network/128 ;;
            *) network=$network/32 ;;
        esac
        networks=${networks:+$networks,}$network
    done
    [[ -n $networks ]] || {
        echo "--allowed-networks needs at least one network."
        return 1
    }
    printf '%s\n' "$networks"
}

allowed_networks() {
    local networks
    networks=$(normal_networks "$1") || wrong_use "$networks"
    given+=("ALLOWED_NETWORKS=$networks" "ACCESS_CHOSEN=true")
}

# What --update and --down would not apply they do not take: "complete" would be a lie.
refuse_options_without_effect() {
    [[ $action == deploy || -z $for_deploy_only ]] ||
        wrong_use "Only --deploy applies$for_deploy_only. To change settings: bash azdeploy.sh --deploy$for_deploy_only ..."
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
            --public)
                for_deploy_only="$for_deploy_only --public"
                given+=("ALLOWED_NETWORKS=" "SIGN_IN_CLIENT_ID=" "ACCESS_CHOSEN=true")
                ;;
            --any-geography)
                for_deploy_only="$for_deploy_only --any-geography"
                any_geography=true
                ;;
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
        --resource-group | --subscription | --log) ;;
        *) for_deploy_only="$for_deploy_only $name" ;;
    esac
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
