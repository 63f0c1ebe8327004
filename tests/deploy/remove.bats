# --down: ours goes, all of it, and nothing else.
load world

group_also_holds() {
    printf '%s\t%s\t-\t-\teastus2\n' "$1" "$2" >>"$WORLD/resources"
}

@test "it shows what goes, asks, and deletes with one command" {
    deployed
    cd "$repository"
    run script --quiet --return --command "bash azdeploy.sh --down" /dev/null <<<y
    calls=$(cat "$WORLD/calls")
    succeeded
    says "Microsoft.CognitiveServices/accounts ai-voice-eastus2"
    says "Microsoft.Web/sites app-voice-eastus2"
    called "^azd down --purge --force --environment voice-rg-openvoicelive --no-prompt$"
    says "All of it is deleted."
    [[ ! -e $WORLD/group ]]
}

@test "every answer but yes leaves all as it is" {
    deployed
    cd "$repository"
    local answer
    for answer in n "" what; do
        run script --quiet --return --command "bash azdeploy.sh --down" /dev/null <<<"$answer"
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
    not_called "^azd down|delete"
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

@test "nothing of the user's is deleted: no rm outside of the script's own temporary folder" {
    run grep -nE '\brm\b' "$root/azdeploy.sh" "$root"/deploy/azure/*.sh
    [[ -n $output ]]
    while IFS= read -r line; do
        [[ $line == *'"$work_folder'* ]] || { echo "$line" >&2 && return 1; }
    done <<<"$output"
}
