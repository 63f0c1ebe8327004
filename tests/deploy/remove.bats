# --down: ours goes, all of it, and nothing else.
load world

group_also_holds() {
    printf '%s\t%s\t-\t-\teastus2\n' "$1" "$2" >>"$WORLD/resources"
}

@test "it shows what goes, asks, and deletes with one command" {
    deployed
    cd "$repository"
    run script --quiet --return --command "$AZDEPLOY_SHELL azdeploy.sh --down" /dev/null <<<y
    calls=$(cat "$WORLD/calls")
    succeeded
    says "Microsoft.CognitiveServices/accounts ai-voice-eastus2"
    says "Microsoft.Web/sites app-voice-eastus2"
    called "^azd down --purge --force --environment $environment --no-prompt$"
    says "All of it is deleted."
    [[ ! -e $WORLD/group ]]
}

@test "every answer but yes leaves all as it is" {
    deployed
    cd "$repository"
    local answer
    for answer in n "" what; do
        run script --quiet --return --command "$AZDEPLOY_SHELL azdeploy.sh --down" /dev/null <<<"$answer"
        calls=$(cat "$WORLD/calls")
        stopped_with "Nothing was deleted."
        not_called "^azd down"
    done
}

@test "without a terminal it needs --yes" {
    deployed
    deploy_with --down
    stopped_with "say --yes"
    not_called "^azd down"
    deploy_with --down --yes
    succeeded
    called "^azd down"
}

@test "a group that holds other things is not touched, and they are named" {
    deployed
    group_also_holds vm-payroll Microsoft.Compute/virtualMachines
    deploy_with --down --yes
    stopped_with "holds other things too"
    says "vm-payroll"
    not_called "^azd down|delete --|purge"
    [[ -e $WORLD/group ]]
}

@test "a group of another environment counts as other things" {
    deployed
    printf 'app-theirs\tMicrosoft.Web/sites\tvoice-theirs\tappservice\teastus2\n' >>"$WORLD/resources"
    deploy_with --down --yes
    stopped_with "app-theirs"
    not_called "^azd down"
}

@test "what Application Insights makes by itself does not count as other things" {
    deployed
    group_also_holds "Failure Anomalies - appi-voice-abc" microsoft.alertsmanagement/smartDetectorAlertRules
    group_also_holds "Application Insights Smart Detection" microsoft.insights/actiongroups
    deploy_with --down --yes
    succeeded
    called "^azd down"
}

@test "but an alert rule of somebody else does" {
    deployed
    group_also_holds "Failure Anomalies - payroll" microsoft.alertsmanagement/smartDetectorAlertRules
    deploy_with --down --yes
    stopped_with "Failure Anomalies - payroll"
    not_called "^azd down"
}

@test "a group that was there before is not deleted" {
    printf 'westeurope\tNone\n' >"$WORLD/group"
    deployed
    deploy_with --down --yes
    stopped_with "was not made by this script"
    says "az resource delete --ids"
    not_called "^azd down|^az resource delete"
}

@test "where there is no group there is nothing to remove" {
    deploy_with --down --yes
    succeeded
    says "there is nothing to remove"
    not_called "^azd down"
}

@test "another copy of the repository can remove it" {
    deployed
    rm -r "$repository/.azure"
    deploy_with --down --yes
    succeeded
    called "^azd down --purge --force"
}

@test "it does not delete when it cannot see what it would delete" {
    deployed
    fail_when az "^resource list" 9 503
    deploy_with --down --yes
    stopped_with "so nothing was deleted"
    not_called "^azd down"
}

@test "--dry-run shows what would go and deletes nothing" {
    deployed
    deploy_with --down --dry-run
    succeeded
    says "ai-voice-eastus2"
    says "Would run: azd down --purge --force"
    not_called "^azd down"
}

group_is_gone() {
    succeeded
    says "All of it is deleted."
    [[ ! -e $WORLD/group ]] || fail "The group is still there."
    [[ ! -s $WORLD/deleted ]] || fail "A deleted account keeps its name: $(cat "$WORLD/deleted")"
}

@test "what a rejected first provisioning left is deleted, though azd finds no deployment" {
    fail_when azd "^provision" 1 AuthorizationFailed
    deploy_with --deploy --public
    stopped_with "It needs the role Owner"
    deploy_with --down --yes
    called "^azd down"
    called "^az group delete --name rg-openvoicelive --yes --subscription "
    group_is_gone
}

@test "what an interrupted provisioning left is deleted and purged" {
    fail_when azd "^the app in eastus2" 1 AuthorizationFailed
    deploy_with --deploy --public
    deploy_with --down --yes
    called "^az group delete"
    called "^az cognitiveservices account purge --name ai-voice-eastus2 --resource-group rg-openvoicelive --location eastus2 "
    group_is_gone
}

@test "a group that azd says it deleted, and did not, is deleted" {
    deployed
    : >"$WORLD/azd_leaves_the_group"
    deploy_with --down --yes
    called "^az group delete"
    group_is_gone
}

@test "what came into the group meanwhile is not deleted with it" {
    deployed
    : >"$WORLD/azd_leaves_the_group"
    printf '#!/bin/bash\n[[ $1 != down ]] || printf "vm-new\\tMicrosoft.Compute/virtualMachines\\t-\\t-\\teastus2\\n" >>%s/resources\nexec %s/fakes/azd "$@"\n' \
        "$WORLD" "$here" >"$WORLD/azd"
    chmod +x "$WORLD/azd"
    PATH=$WORLD:$PATH
    deploy_with --down --yes
    stopped_with "vm-new"
    not_called "^az group delete"
}

@test "a group that cannot be deleted is named with the command" {
    deployed
    : >"$WORLD/azd_leaves_the_group"
    : >"$WORLD/group_stays"
    deploy_with --down --yes
    stopped_with "az group delete --name rg-openvoicelive --subscription 11111111"
    says_not "All of it is deleted"
}

@test "when Azure does not say whether the group is gone, it is not said to be" {
    deployed
    cp "$here/fakes/az" "$WORLD/az.really"
    printf '#!/bin/bash\n[[ $* != "group exists"* || ! -f %s/down ]] || exit 1\nexec %s/fakes/az "$@"\n' "$WORLD" "$here" >"$WORLD/az"
    printf '#!/bin/bash\n[[ $1 != down ]] || : >%s/down\nexec %s/fakes/azd "$@"\n' "$WORLD" "$here" >"$WORLD/azd"
    chmod +x "$WORLD/az" "$WORLD/azd"
    PATH=$WORLD:$PATH
    deploy_with --down --yes
    stopped_with "To look: az group exists --name rg-openvoicelive"
    says_not "All of it is deleted"
}

@test "accounts that were abandoned in other regions are purged too, and those of others are not" {
    fail_when azd "^the app in eastus2" 1 SkuNotAvailable
    deploy_with --deploy --public --yes
    succeeded
    printf 'ai-voice-theirs\teastus2\t/subscriptions/s/providers/Microsoft.CognitiveServices/locations/eastus2/resourceGroups/rg-theirs/deletedAccounts/ai-voice-theirs\n' >>"$WORLD/deleted"
    deploy_with --down --yes
    succeeded
    called "account purge --name ai-voice-eastus2 --resource-group rg-openvoicelive --location eastus2 "
    not_called "purge --name ai-voice-theirs"
}

@test "an account that cannot be purged is named with the command, and not called deleted" {
    deployed
    : >"$WORLD/azd_leaves_the_group"
    fail_when az "purge" 9 AuthorizationFailed
    deploy_with --down --yes
    stopped_with "az cognitiveservices account purge --name ai-voice-eastus2 --resource-group rg-openvoicelive --location eastus2"
    says_not "All of it is deleted"
}

@test "without a group, what was deleted from it before is purged" {
    deployed
    : >"$WORLD/azd_leaves_the_group"
    fail_when az "purge" 1 503
    deploy_with --down --yes
    stopped_with "could not be purged"
    deploy_with --down --yes
    says "Deleted account that still holds its name: ai-voice-eastus2 in eastus2"
    group_is_gone
}

@test "nothing of the user's is deleted: no rm outside of the script's own temporary folder" {
    run grep -nE '\brm\b' "$root/azdeploy.sh" "$root"/deploy/azure/*.sh
    [[ -n $output ]]
    while IFS= read -r line; do
        [[ $line == *'"$work_folder'* ]] || { echo "$line" >&2 && return 1; }
    done <<<"$output"
}
