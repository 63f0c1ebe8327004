#!/usr/bin/env bash
# Deploy openvoicelive to Azure, update it, and take it away again: docs/deployment.md.
#
# Edit these two, then: bash azdeploy.sh
rg="rg-openvoicelive"
location="eastus2"

# Runs with bash 3.2 and newer, so that macOS needs nothing installed.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/azure/options.sh
. "$here/deploy/azure/options.sh"
# shellcheck source=deploy/azure/output.sh
. "$here/deploy/azure/output.sh"
# shellcheck source=deploy/azure/lock.sh
. "$here/deploy/azure/lock.sh"
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
# shellcheck source=deploy/azure/conversation.sh
. "$here/deploy/azure/conversation.sh"
# shellcheck source=deploy/azure/deploy.sh
. "$here/deploy/azure/deploy.sh"
# shellcheck source=deploy/azure/remove.sh
. "$here/deploy/azure/remove.sh"

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
    refuse_options_without_effect
    open_log
    # In bash 3.2 a failure inside $(...) || ... counts as one that nobody awaits. So only the script itself ends, and it does
    # when what a subshell returns is not awaited.
    trap '((BASH_SUBSHELL)) || unexpected_failure "$LINENO" "$BASH_COMMAND"' ERR
    trap 'release_lock; close_log' EXIT
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
