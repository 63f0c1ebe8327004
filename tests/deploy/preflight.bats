# What can be known to be wrong is said before anything is made.
load world

nothing_was_made() {
    not_called "^azd (provision|deploy|down|env (new|set))|^az .*(create|delete)"
}

@test "each missing tool is named, with where to get it" {
    local tool
    for tool in az azd curl; do
        mkdir -p "$WORLD/without" && printf '#!/bin/bash\nexit 127\n' >"$WORLD/without/$tool"
        chmod +x "$WORLD/without/$tool"
        PATH=$WORLD/without:$PATH deploy_with --deploy --public
        stopped_with "$tool"
        says "is needed and was not found"
        rm "$WORLD/without/$tool"
    done
    nothing_was_made
}

@test "azd before 1.29 and an old az are refused; 1.29.0 is enough" {
    echo "azd version 1.28.1 (commit abc)" >"$WORLD/azd_version"
    deploy_with --deploy --public
    stopped_with "1.28.1 is too old; 1.29.0 or newer is needed"
    nothing_was_made
    echo "azd version 1.9.9 (commit abc)" >"$WORLD/azd_version"
    deploy_with --deploy --public
    stopped_with "too old"
    echo "azd version 1.29.0 (commit abc)" >"$WORLD/azd_version"
    echo 2.9.1 >"$WORLD/az_version"
    deploy_with --deploy --public
    stopped_with "2.9.1 is too old; 2.60.0"
    echo 2.60.0 >"$WORLD/az_version"
    deploy_with --deploy --public
    succeeded
}

@test "who is not logged in is told how" {
    fail_when az "^account show" 1 unheard-of
    deploy_with --deploy --public
    stopped_with "Run: az login"
    fail_when azd "^auth login" 1 unheard-of
    deploy_with --deploy --public
    stopped_with "Run: azd auth login"
    : >"$WORLD/azd_logged_out"
    deploy_with --deploy --public
    stopped_with "Run: azd auth login"
    nothing_was_made
}

@test "an azd that is logged in elsewhere is found before anything is made" {
    echo 99999999-0000-4000-8000-000000000009 >"$WORLD/azd_tenant"
    deploy_with --deploy --public
    stopped_with "azd auth login --tenant-id 72f988bf-0000-4000-8000-000000000001"
    nothing_was_made
}

@test "a subscription can be chosen, and everything happens in it" {
    deploy_with --deploy --public --subscription 11111111-2222-3333-4444-555555555555
    succeeded
    called "^az account show --subscription 11111111-2222-3333-4444-555555555555 "
    elsewhere=$(grep -E '^az (group|provider|resource|webapp|cognitiveservices)' "$WORLD/calls" |
        grep -v -- '--subscription 11111111-2222-3333-4444-555555555555' || true)
    [[ -z $elsewhere ]] || fail "This does not say which subscription: $elsewhere"
}

@test "what was deployed to another subscription is not mixed up with this one" {
    deployed
    sed -i 's/^AZURE_SUBSCRIPTION_ID=.*/AZURE_SUBSCRIPTION_ID="99999999-0000-0000-0000-000000000000"/' "$repository"/.azure/*/.env
    deploy_with --deploy
    stopped_with "az account set --subscription 99999999"
    nothing_was_made
}

@test "missing rights are named" {
    echo Reader >"$WORLD/roles"
    deploy_with --deploy --public
    stopped_with "may not create resources"
    echo Contributor >"$WORLD/roles"
    deploy_with --deploy --public
    stopped_with "may not assign roles"
    nothing_was_made
    printf 'Contributor\nRole Based Access Control Administrator\n' >"$WORLD/roles"
    deploy_with --deploy --public
    succeeded
}

@test "roles that cannot be judged do not stop anybody" {
    echo "Our own deployer role" >"$WORLD/roles"
    deploy_with --deploy --public
    succeeded
    says "Your roles may not be enough (Our own deployer role)"
    forget_calls
    fail_when az "^role assignment list" 1 AuthorizationFailed
    deploy_with --deploy
    succeeded
    says "Your roles could not be read"
}

@test "providers that are not registered are, and nothing else is" {
    printf 'Microsoft.CognitiveServices\nMicrosoft.Web\n' >"$WORLD/unregistered"
    deploy_with --deploy --public
    succeeded
    called "^az provider register --namespace Microsoft.CognitiveServices --wait "
    called "^az provider register --namespace Microsoft.Web --wait "
    times_called "^az provider register" 2
    not_called "Microsoft.App "
}

@test "who may not register a provider is told what to ask for" {
    echo Microsoft.Web >"$WORLD/unregistered"
    fail_when az "^provider register" 1 AuthorizationFailed
    deploy_with --deploy --public
    stopped_with "Ask an owner of the subscription to run: az provider register --namespace Microsoft.Web"
    nothing_was_made
}

@test "Container Apps needs another provider" {
    deploy_with --deploy --public --host containerapp
    called "^az provider show --namespace Microsoft.App "
    not_called "^az provider show --namespace Microsoft.Web "
}

@test "unknown and retired models are refused, and those that are left are named" {
    deploy_with --deploy --public --model gpt-9
    stopped_with "There is no Voice Live model gpt-9"
    says "gpt-realtime, "
    deploy_with --deploy --public --model gpt-4o
    stopped_with "The model gpt-4o is retired"
    says_not "gpt-4.1"
    export TODAY=2026-12-15
    deploy_with --deploy --public --model gpt-realtime-mini
    stopped_with "The model gpt-realtime-mini is retired"
    nothing_was_made
    export TODAY=2026-12-14
    deploy_with --deploy --public --model gpt-realtime-mini
    succeeded
    says "The model gpt-realtime-mini is retired on 2026-12-15"
}

@test "a region without the model is refused, and those that have it are named" {
    deploy_with --deploy --public --location westeurope
    stopped_with "westeurope does not have the model gpt-realtime. Change location to one of: eastus2 swedencentral westus2"
    nothing_was_made
}

@test "our own soft-deleted namesake is purged, those of others are not" {
    local id=/subscriptions/11111111-2222-3333-4444-555555555555/providers/Microsoft.CognitiveServices/locations
    {
        printf 'ai-voice-ours\teastus2\t%s\n' "$id/eastus2/resourceGroups/RG-OpenVoiceLive/deletedAccounts/ai-voice-ours"
        printf 'ai-voice-there\twestus2\t%s\n' "$id/westus2/resourceGroups/rg-openvoicelive/deletedAccounts/ai-voice-there"
        printf 'ai-voice-theirs\teastus2\t%s\n' "$id/eastus2/resourceGroups/rg-other/deletedAccounts/ai-voice-theirs"
    } >"$WORLD/deleted"
    deploy_with --deploy --public
    succeeded
    called "^az cognitiveservices account purge --name ai-voice-ours --resource-group rg-openvoicelive --location eastus2 "
    times_called "purge" 1
}

@test "every question that az does not answer ends in a sentence or is not needed" {
    deployed
    local question
    for question in "group exists" "group show" "resource list" "webapp config show"; do
        fail_when az "^$question" 1 503
        deploy_with --deploy
        stopped_with "The log is"
        rm "$WORLD/failures"
    done
    for question in "provider show" "cognitiveservices account list-deleted"; do
        fail_when az "^$question" 1 503
        deploy_with --deploy
        succeeded
        rm "$WORLD/failures"
    done
}

@test "an azd environment that cannot be read ends in a sentence" {
    deployed
    fail_when azd "^env get-values" 1 unheard-of
    deploy_with --deploy
    stopped_with "azd cannot read its environment"
}
