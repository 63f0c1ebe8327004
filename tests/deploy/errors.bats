# Each error class, at each step that changes something.
load world

stop_errors="AuthorizationFailed RequestDisallowedByPolicy InvalidTemplate TasksOperationsNotAllowed toomanyrequests"
region_errors="InsufficientQuota SubscriptionIsOverQuotaForSku LocationNotAvailableForResourceType SkuNotAvailable"
wait_errors="RequestConflict AnotherOperationInProgress PrincipalNotFound 429 500 503 az-429 az-502 ResourceGroupBeingDeleted pull-not-allowed-yet"

# Each step: action, tool, pattern. The world is put back to before the step for each error.
steps() {
    cat <<'STEPS'
deploy --public|az|^group create
deploy --public|azd|^env new
deploy --public|azd|^env set .*RESOURCES_LOCATION
deploy --public|azd|^provision
deploy --public|azd|^env set BUILD_ID
deploy --public|azd|^deploy
update|azd|^deploy
down --yes|azd|^down
STEPS
}

# each_step_with ERROR TIMES: run the step with the error, then call what checks it.
each_step_with() {
    local error=$1 times=$2 check=$3 action tool pattern
    while IFS='|' read -r action tool pattern; do
        rm -rf "$WORLD"
        setup
        if [[ $action != deploy* ]]; then
            deploy_with --deploy --public
            succeeded
            change_the_source
            forget_calls
        fi
        fail_when "$tool" "$pattern" "$times" "$error"
        # shellcheck disable=SC2086  # the action and its options
        deploy_with --$action
        context="This was $error at: $tool $pattern"
        "$check" "$tool ${pattern#^}"
        no_secret_is_left || fail "A secret is left."
    done < <(steps)
}

recovered() {
    succeeded
    slept 15
    times_called "^$1" 2
}

gave_up() {
    stopped_with "It was tried four times."
    slept 15 30 60
    times_called "^$1" 4
}

stopped_at_once() {
    [[ $status == 1 ]] || fail "It should have stopped."
    says_not "mistake of the script"
    says_not "Deployment complete!"
    slept
    times_called "^$1" 1
}

@test "what passes is waited for: 15 s, and then it goes on" {
    for error in $wait_errors; do each_step_with "$error" 1 recovered; done
}

@test "what does not pass is waited for 15, 30 and 60 s, and then it stops" {
    each_step_with RequestConflict 99 gave_up
    each_step_with 429 99 gave_up
}

@test "what cannot be mended stops at once" {
    for error in $stop_errors; do each_step_with "$error" 99 stopped_at_once; done
}

@test "what is not known stops at once, but a removal goes on without azd" {
    check() {
        if [[ $1 == "azd down" ]]; then succeeded; else stopped_at_once "$1"; fi
    }
    each_step_with unheard-of 99 check
}

@test "each stop has a sentence that says what to do" {
    tell() {
        rm -rf "$WORLD"
        setup
        fail_when azd "^provision" 1 "$1"
        deploy_with --deploy --public
        stopped_with "$2"
    }
    tell AuthorizationFailed "It needs the role Owner"
    tell RequestDisallowedByPolicy "A policy of your organisation forbids this"
    tell InvalidTemplate "Azure does not accept the templates"
    tell TasksOperationsNotAllowed "may not build images in Azure"
    tell toomanyrequests "Docker Hub refuses"
    tell unheard-of "The dog ate the deployment."
}

@test "a full region is no reason to move what is not provisioned: every other step stops" {
    check() {
        [[ $1 == "azd provision" ]] || stopped_at_once "$1"
    }
    for error in $region_errors; do each_step_with "$error" 99 check; done
}

@test "the next region is offered, the group stays, and what was begun in the old one goes" {
    for error in $region_errors; do
        rm -rf "$WORLD"
        setup
        fail_when azd "^the app in eastus2" 1 "$error"
        deploy_with --deploy --public --yes
        succeeded
        says "(eastus2)"
        called "^azd env set RESOURCES_LOCATION=westus2 "
        called "^az resource delete --ids /subscriptions/s/id-voice-eastus2 /subscriptions/s/ai-voice-eastus2 /subscriptions/s/crvoiceeastus2 "
        times_called "^az group create" 1
        says "https://app-voice-westus2.example.net"
        [[ $(cat "$WORLD/resources") != *eastus2* ]] || fail "Something stayed in the old region."
        slept
    done
}

@test "regions are tried in the order of the list, each once, and then it stops" {
    fail_when azd "^provision" 99 InsufficientQuota
    deploy_with --deploy --public --yes --any-geography
    stopped_with "All regions that have gpt-realtime were tried."
    local order
    order=$(grep -oE 'azd env set RESOURCES_LOCATION=[a-z0-9]+' "$WORLD/calls" | sed 's/.*=//' | tr '\n' ' ')
    [[ $order == "swedencentral westus2 australiaeast francecentral uksouth canadacentral canadaeast centralindia centralus southeastasia " ]] ||
        fail "The order was: $order"
}

@test "who does not want the next region is told how to go on" {
    fail_when azd "^provision" 1 InsufficientQuota
    deploy_with --deploy --public
    stopped_with "bash azdeploy.sh --deploy --location westus2"
    times_called "^azd provision" 1
}

@test "data stays in the same geography unless told otherwise" {
    fail_when azd "^provision" 99 InsufficientQuota
    deploy_with --deploy --public --yes
    stopped_with "All regions in the same geography (United States) that have gpt-realtime were tried."
    says "bash azdeploy.sh --deploy --any-geography"
    local order
    order=$(grep -oE 'azd env set RESOURCES_LOCATION=[a-z0-9]+' "$WORLD/calls" | sed 's/.*=//' | tr '\n' ' ')
    [[ $order == "westus2 centralus " ]] || fail "The order was: $order"
}

@test "every region of every model has a geography that is no region" {
    cd "$repository"
    for region in $(grep -v '^#' deploy/azure/models.tsv | cut -f 3 | tr ' ' '\n' | sort -u); do
        case $region in southeastasia | southafricanorth | uaenorth) continue ;; esac
        [[ $("$AZDEPLOY_SHELL" -c '. ./azdeploy.sh; geography_of "$1"' _ "$region") != "$region" ]] || fail "$region has no geography."
    done
}

@test "an app that runs is not moved" {
    deployed
    fail_when azd "^provision" 1 SkuNotAvailable
    deploy_with --deploy --yes --plan P3v3
    stopped_with "The app runs in eastus2"
    not_called "resource delete"
}

@test "an account of ours that was deleted is purged, and the step tried once more" {
    fail_when azd "^provision" 1 FlagMustBeSetForRestore
    deploy_with --deploy --public
    succeeded
    called "^az cognitiveservices account purge --name ai-voice-abc123 --resource-group rg-openvoicelive --location eastus2 "
    times_called "^azd provision" 2
}

@test "a deleted account that is not ours is left alone" {
    fail_when azd "^provision" 1 FlagMustBeSetForRestore-foreign
    deploy_with --deploy --public
    stopped_with "It is not one that this script made, so it is left alone"
    not_called "purge"
}

@test "a provider that is missing is registered, and the step tried once more" {
    for error in NoRegisteredProviderFound MissingSubscriptionRegistration; do
        rm -rf "$WORLD"
        setup
        fail_when azd "^provision" 1 "$error"
        deploy_with --deploy --public
        succeeded
        called "^az provider register --namespace Microsoft.CognitiveServices --wait "
        times_called "^az provider register" 1
        times_called "^azd provision" 2
    done
}

@test "a provider that openvoicelive does not need is not registered" {
    fail_when azd "^provision" 1 NoRegisteredProviderFound-foreign
    deploy_with --deploy --public
    stopped_with "none that openvoicelive needs"
    not_called "provider register"
}

@test "a repair is tried once, at every step" {
    check() {
        [[ $status == 1 ]] || fail "It should have stopped."
        says "It was repaired once, and failed again in the same way."
        times_called "^$1" 2
    }
    each_step_with FlagMustBeSetForRestore 99 check
    each_step_with NoRegisteredProviderFound 99 check
}

@test "a repair that fails ends in a sentence" {
    fail_when azd "^provision" 1 FlagMustBeSetForRestore
    fail_when az "purge" 1 AuthorizationFailed
    deploy_with --deploy --public
    stopped_with "could not be purged"
}

@test "errors of different classes one after the other are each treated in their own way" {
    fail_when azd "^provision" 1 RequestConflict
    fail_when azd "^provision" 1 NoRegisteredProviderFound
    fail_when azd "^provision" 1 503
    deploy_with --deploy --public
    succeeded
    slept 15 30
    times_called "^az provider register" 1
}

@test "what ends the run counts more than what passes, when an output holds both" {
    cat "$here/messages/RequestConflict" "$here/messages/AuthorizationFailed" >"$WORLD/both"
    printf 'azd\t^provision\t1\t%s\n' "$WORLD/both" >"$WORLD/failures"
    deploy_with --deploy --public
    stopped_with "It needs the role Owner"
}

@test "the going back is waited for too" {
    deployed
    change_the_source
    (cd "$repository" && "$AZDEPLOY_SHELL" -c '. ./azdeploy.sh; content_hash') >"$WORLD/broken"
    fail_when azd "--from-package" 1 503
    deploy_with --update
    stopped_with "runs again"
    slept 15
}

# verdicts_of_the_corpus: each message with its verdict and what is told, as the script judges it.
verdicts_of_the_corpus() {
    cat >"$WORLD/judge_all" <<'JUDGE'
. ./azdeploy.sh
work_folder=$WORLD
while IFS=$'\t' read -r file _; do
    cp "$1/$file" "$WORLD/printed"
    judge
    printf '%s\t%s\t%s\n' "$file" "$verdict" "$(printf '%s' "$reason" | tr '\n\t' '  ')"
done <"$1/verdicts.tsv"
JUDGE
    cd "$repository" || return 1
    run "$AZDEPLOY_SHELL" "$WORLD/judge_all" "$here/messages/nested"
    succeeded
}

@test "of errors in errors the innermost code decides" {
    verdicts_of_the_corpus
    local file verdict sentence line
    while IFS=$'\t' read -r file verdict sentence; do
        line=$(grep -F "$file"$'\t' <<<"$output")
        [[ $line == "$file"$'\t'"$verdict"$'\t'*"$sentence"* ]] || fail "$file should be $verdict: $sentence. It is: $line"
    done <"$here/messages/nested/verdicts.tsv"
}

@test "the corpus has every message" {
    local file
    for file in "$here"/messages/nested/*; do
        [[ $file == */verdicts.tsv ]] || cut -f 1 "$here/messages/nested/verdicts.tsv" | grep -qx "${file##*/}" ||
            fail "${file##*/} has no verdict."
    done
}

@test "every sentence of the table is told for a message of the corpus" {
    verdicts_of_the_corpus
    while IFS= read -r row; do
        says "${row##*|}"
    done < <(cd "$repository" && "$AZDEPLOY_SHELL" -c '. ./azdeploy.sh; error_table')
}

@test "a name that another of our deleted accounts holds is freed, one of somebody else is not" {
    printf 'ai-voice-abc123\tuksouth\t/subscriptions/11111111-2222-3333-4444-555555555555/providers/Microsoft.CognitiveServices/locations/uksouth/resourceGroups/rg-openvoicelive/deletedAccounts/ai-voice-abc123\n' >"$WORLD/deleted"
    fail_when azd "^provision" 1 nested/custom-domain
    deploy_with --deploy --public
    succeeded
    called "purge --name ai-voice-abc123 --resource-group rg-openvoicelive --location uksouth "
    rm -rf "$WORLD"
    setup
    fail_when azd "^provision" 1 nested/custom-domain
    deploy_with --deploy --public
    stopped_with "somebody else does"
    not_called purge
}

@test "a deployment that is under way is named with its age, and waited for if that is wanted" {
    echo 3 >"$WORLD/active"
    deploy_with --deploy --public
    stopped_with "az deployment group cancel --resource-group rg-openvoicelive --name voice-1763650920"
    says "(7 min)"
    echo 3 >"$WORLD/active"
    deploy_with --deploy --public --yes
    succeeded
    times_called "^azd provision" 3
    grep -q '^sleep 30$' "$WORLD/calls"
}

@test "a login that expires in the middle says where to log in" {
    fail_when azd "^deploy" 1 nested/login-expired
    deploy_with --deploy --public
    stopped_with "Run: az login, then azd auth login"
}

@test "an expired operation of Container Apps is tried again" {
    fail_when azd "^deploy" 1 nested/container-app-expired
    deploy_with --deploy --public --host containerapp
    succeeded
    slept 15
}

@test "a number that happens to look like a status is none" {
    cd "$repository"
    printf 'compiled 503 files in 429 ms\n' >"$WORLD/printed"
    run "$AZDEPLOY_SHELL" -c '. ./azdeploy.sh; work_folder=$WORLD; judge; echo "$verdict"'
    [[ $output == unknown ]]
}
