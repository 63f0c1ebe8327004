# Option 2: only the app. And whether what was started really runs.
load world

@test "without option 1 before it, option 2 refuses" {
    deploy_with --update
    stopped_with "There is nothing to update"
    not_called "^azd (provision|deploy)|create"
}

@test "after --down, option 2 refuses again" {
    deployed
    deploy_with --down --yes
    succeeded
    deploy_with --update
    stopped_with "There is nothing to update"
    not_called "^azd deploy"
}

@test "only the app is updated: no provisioning, no group, no settings but the build's id" {
    deployed
    change_the_source
    deploy_with --update
    succeeded
    says "Deployment complete!"
    not_called "^azd provision|^az group create|^az provider|^az role|VOICE_LIVE"
    called "^azd env set BUILD_ID="
    times_called "^azd deploy appservice " 1
}

@test "options that an update would not apply are refused, and so are those of a removal" {
    deployed
    for option in "--allowed-networks 203.0.113.0/24" "--voice en-GB-SoniaNeural" --public "--plan S1" "--location westus2"; do
        for what in --update 2 --down; do
            # shellcheck disable=SC2086  # an option and its value
            deploy_with $what --yes $option
            [[ $status == 2 ]] || fail "$what $option should be wrong use."
            says "Only --deploy applies ${option%% *}"
        done
    done
    [[ -z $calls ]] || fail "Nothing should have been called."
}

@test "2 does the same as --update" {
    deployed
    change_the_source
    deploy_with 2
    succeeded
    times_called "^azd deploy appservice " 1
}

@test "it waits until the new build answers, not the one that still runs" {
    deployed
    change_the_source
    echo 4 >"$WORLD/lag"
    # The first question is which build runs before.
    deploy_with --update
    succeeded
    times_called "^sleep 10$" 3
    says "Build $(running_build) answers"
}

@test "the build's id that is waited for is the one that was built" {
    deployed
    change_the_source
    deploy_with --update
    built=$(grep -oE 'BUILD_ID=[^ ]+' "$WORLD/calls" | tail -n 1)
    [[ ${built#BUILD_ID=} == "$(running_build)" ]] || fail "$built was built, $(running_build) runs."
}

@test "when the old build never goes away, that is a failure and the old one stays" {
    deployed
    old=$(cat "$WORLD/image")
    change_the_source
    echo "$old" >"$WORLD/answers_as"
    deploy_with --update
    stopped_with "The build before it, ${old##*:}, runs again"
    called "^azd deploy appservice --from-package $old "
}

@test "a build that does not answer is rolled back, and the old one is checked" {
    deployed
    old=$(cat "$WORLD/image")
    change_the_source
    new=$(cd "$repository" && "$AZDEPLOY_SHELL" -c '. ./azdeploy.sh; content_hash')
    echo "$new" >"$WORLD/broken"
    deploy_with --update
    stopped_with "The build before it, ${old##*:}, runs again"
    says "does not answer (HTTP 503"
    says "az webapp log tail --name app-voice-eastus2"
    [[ $(cat "$WORLD/image") == "$old" ]] || fail "The old image should run."
    times_called "^sleep 10$" 59
}

@test "a build that takes no WebSocket is rolled back" {
    deployed
    old=$(cat "$WORLD/image")
    change_the_source
    (cd "$repository" && "$AZDEPLOY_SHELL" -c '. ./azdeploy.sh; content_hash') >"$WORLD/deaf"
    deploy_with --update
    stopped_with "The build before it, ${old##*:}, runs again"
    says "its WebSocket does not open (HTTP 502 instead of 101)"
    [[ $(cat "$WORLD/image") == "$old" ]]
}

@test "on Container Apps it is rolled back too" {
    deployed --host containerapp
    old=$(cat "$WORLD/image")
    change_the_source
    (cd "$repository" && "$AZDEPLOY_SHELL" -c '. ./azdeploy.sh; content_hash') >"$WORLD/broken"
    deploy_with --update
    stopped_with "runs again"
    called "^azd deploy containerapp --from-package $old "
    says "az containerapp logs show --name ca-voice-eastus2"
}

@test "when the old build does not answer either, that is said" {
    deployed
    change_the_source
    # The question before the update is still answered.
    printf '#!/bin/bash\n[[ $1 != deploy ]] || echo all >%s/broken\nexec %s/fakes/azd "$@"\n' "$WORLD" "$here" >"$WORLD/azd"
    chmod +x "$WORLD/azd"
    PATH=$WORLD:$PATH
    deploy_with --update
    stopped_with "does not answer either"
}

@test "the first deployment has nothing to go back to" {
    echo all >"$WORLD/broken"
    deploy_with --deploy --public
    stopped_with "there is no earlier one to go back to"
    not_called "--from-package"
}

@test "the placeholder of the first provisioning is no success" {
    echo mcr.microsoft.com/azuredocs/aci-helloworld:latest >"$WORLD/answers_as"
    deploy_with --deploy --public
    stopped_with "there is no earlier one to go back to"
}

@test "a page that this machine may not open is deployed but not called checked" {
    : >"$WORLD/forbidden"
    deploy_with --deploy --allowed-networks 203.0.113.0/24
    [[ $status == 3 ]] || fail "The status should be 3."
    says "Deployed, but not checked"
    says_not "Deployment complete!"
    not_called "--from-package"
}

@test "what this machine cannot see is asked from Azure and not rolled back" {
    for host in appservice containerapp; do
        rm -rf "$WORLD"
        setup
        deployed --host "$host"
        change_the_source
        : >"$WORLD/unreachable"
        deploy_with --update
        [[ $status == 3 ]] || fail "The status should be 3."
        says "Azure says that build $(running_build) runs"
        not_called "--from-package"
        says_not "Deployment complete!"
    done
}

@test "what neither this machine nor Azure sees running is rolled back" {
    deployed
    old=$(cat "$WORLD/image")
    change_the_source
    : >"$WORLD/unreachable"
    echo STOPPED >"$WORLD/instances"
    deploy_with --update
    [[ $status == 1 ]] || fail "The status should be 1."
    called "^azd deploy appservice --from-package $old "
}

@test "it is complete only after Voice Live has answered a typed message" {
    deploy_with --deploy --public
    succeeded
    called "^python3 -I .*/deploy/azure/talk_once.py https://app-voice-eastus2.example.net$"
    says "Voice Live answers a typed message."
    says "Deployment complete!"
}

@test "a role that is not known everywhere yet is waited for" {
    printf '3\tidentity_refused\tIt does not let this identity in (HTTP 403).\n' >"$WORLD/voice_live"
    deploy_with --deploy --public
    succeeded
    times_called "^sleep 15$" 3
}

@test "a wrong role, region or model is told, with what to do, and nothing is called complete" {
    tell() {
        rm -rf "$WORLD"
        setup
        printf '99\t%s\tVoice Live says no.\n' "$1" >"$WORLD/voice_live"
        deploy_with --deploy --public
        stopped_with "Voice Live does not answer: Voice Live says no."
        says "$2"
        not_called "--from-package"
    }
    tell identity_refused "the roles Cognitive Services User and Foundry User"
    tell model_refused "The region eastus2 may not have the model gpt-realtime, or it is retired."
    tell service_absent "bash azdeploy.sh --deploy --model NAME"
    tell service_failed "az webapp log tail"
}

@test "without Python, or without a way to the socket, nothing is called complete" {
    mkdir "$WORLD/without"
    for python in python3 python; do
        printf '#!/bin/bash\nexit 127\n' >"$WORLD/without/$python"
        chmod +x "$WORLD/without/$python"
    done
    PATH=$WORLD/without:$PATH deploy_with --deploy --public
    [[ $status == 3 ]] || fail "The status should be 3."
    says "needs Python 3.8"
    says_not "Deployment complete!"
    printf '1\tcannot_ask\tcertificate verify failed\n' >"$WORLD/voice_live"
    deploy_with --deploy
    [[ $status == 3 ]] || fail "The status should be 3."
    says "certificate verify failed"
    says_not "Deployment complete!"
}

@test "a build that fails leaves the app as it was" {
    deployed
    old=$(cat "$WORLD/image")
    change_the_source
    fail_when azd "^deploy" 1 unheard-of
    deploy_with --update
    stopped_with "The dog ate the deployment."
    [[ $(cat "$WORLD/image") == "$old" ]]
    not_called "--from-package"
}

@test "--dry-run of an update changes nothing" {
    deployed
    change_the_source
    deploy_with --update --dry-run
    succeeded
    says "Would run: azd deploy appservice"
    not_called "^azd (deploy|env set)"
}
