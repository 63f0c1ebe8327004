# Option 1: everything.
load world

@test "everything is made, built, started, checked, and the link comes at the end" {
    deploy_with --deploy --public
    succeeded
    called "^az group create --name rg-openvoicelive --location eastus2 --tags azd-env-name=$environment "
    called "^azd provision --no-state --environment $environment --no-prompt$"
    called "^azd deploy appservice --environment $environment --no-prompt$"
    says "Deployment complete!"
    [[ ${lines[${#lines[@]} - 1]} == https://app-voice-eastus2.example.net ]] || fail "The link should come last."
}

@test "the menu offers 1 and 2, and 1 deploys" {
    cd "$repository"
    run script --quiet --return --command "$AZDEPLOY_SHELL azdeploy.sh --public" /dev/null <<<$'x\n1\n'
    calls=$(cat "$WORLD/calls")
    succeeded
    says "1. Deploy everything"
    says "2. Update only the app"
    says "Deployment complete!"
}

@test "q leaves the menu and nothing was called" {
    cd "$repository"
    run script --quiet --return --command "$AZDEPLOY_SHELL azdeploy.sh" /dev/null <<<q
    calls=$(cat "$WORLD/calls")
    succeeded
    [[ -z $calls ]] || fail "Nothing should have been called."
}

@test "without a terminal the menu does not wait for an answer" {
    deploy_with
    [[ $status == 2 ]] || fail "It should be wrong use."
    says "say --deploy, --update or --down"
}

@test "the group and the region of the first lines are used" {
    sed -i 's/^rg=.*/rg="rg-voices"/; s/^location=.*/location="swedencentral"/' "$repository/azdeploy.sh"
    echo rg-voices >"$WORLD/group_name"
    deploy_with --deploy --public
    succeeded
    called "^az group create --name rg-voices --location swedencentral "
    says "https://app-voice-swedencentral.example.net"
}

@test "two groups of one user are two deployments" {
    deployed
    echo rg-other >"$WORLD/group_name"
    rm "$WORLD/group" "$WORLD/resources" "$WORLD/image"
    deploy_with --deploy --public --resource-group rg-other
    called "^azd provision --no-state --environment $(environment_of rg-other) "
    not_called "$environment"
}

@test "groups whose names look alike do not share an environment, and neither becomes public unasked" {
    echo voice_lab >"$WORLD/group_name"
    deploy_with --deploy --public --resource-group voice_lab
    succeeded
    mkdir "$BATS_TEST_TMPDIR/first" && mv "$WORLD/group" "$WORLD/resources" "$WORLD/image" "$BATS_TEST_TMPDIR/first"
    echo voice-lab >"$WORLD/group_name"
    deploy_with --deploy --resource-group voice-lab
    stopped_with "Say who may open the page"
    deploy_with --deploy --resource-group voice-lab --allowed-networks 203.0.113.0/24
    succeeded
    [[ $(find "$repository/.azure" -mindepth 1 -maxdepth 1 -name "voice-*" -not -name "*.lock" | wc -l) == 2 ]] || fail "There should be two environments."
}

@test "Azure does not tell capitals in a group's name apart, so neither does the environment" {
    deployed
    echo RG-OpenVoiceLive >"$WORLD/group_name"
    deploy_with --update --resource-group RG-OpenVoiceLive
    succeeded
}

@test "an environment that names another group changes nothing" {
    deployed
    change_the_source
    sed -i 's/^AZURE_RESOURCE_GROUP=.*/AZURE_RESOURCE_GROUP="rg-payroll"/' "$repository"/.azure/*/.env
    deploy_with --update
    stopped_with "is of the group rg-payroll"
    not_called "^azd (deploy|provision)"
}

@test "a group of another deployment is not touched" {
    printf 'eastus2\tvoice-somebody-0a1b2c3d\n' >"$WORLD/group"
    deploy_with --deploy --public
    stopped_with "belongs to another deployment of this script, voice-somebody-0a1b2c3d"
    not_called "^azd (env|provision|deploy)"
}

@test "a group that changes hands meanwhile is not changed" {
    deployed
    change_the_source
    printf '#!/bin/bash\n[[ $* != "env set BUILD_ID"* ]] || printf "eastus2\\tvoice-other-0a1b2c3d\\n" >%s/group\nexec %s/fakes/azd "$@"\n' \
        "$WORLD" "$here" >"$WORLD/azd"
    chmod +x "$WORLD/azd"
    PATH=$WORLD:$PATH
    deploy_with --update
    stopped_with "has another owner than before"
    not_called "^azd deploy"
}

@test "a folder that a repository around it ignores has an id that follows its content" {
    cd "$WORLD"
    git init --quiet . && printf 'repository/\n' >.gitignore && git add .gitignore
    cd "$repository"
    ids() { "$AZDEPLOY_SHELL" -c '. ./azdeploy.sh; content_hash'; }
    first=$(ids)
    change_the_source
    [[ $(ids) != "$first" ]] || fail "A changed source should have another id."
}

@test "a second run changes nothing" {
    deployed
    cp -r "$WORLD" "$BATS_TEST_TMPDIR/before"
    deploy_with --deploy
    succeeded
    not_called "^azd deploy|^az group create|^azd env new|^az provider register|^az .*(delete|purge) "
    says "The app already runs this source"
    for file in group resources image images repository/.azure/$environment/.env; do
        diff <(sort "$BATS_TEST_TMPDIR/before/$file") <(sort "$WORLD/$file") || fail "$file has changed."
    done
}

@test "a changed source is built anew, with a tag that was never used" {
    deployed
    first=$(running_build)
    change_the_source
    deploy_with --deploy
    succeeded
    [[ $(running_build) != "$first" ]] || fail "The new build should run."
    [[ $(running_build) =~ ^[0-9]{14}-[0-9a-f]{12}$ ]] || fail "The tag is the build's id."
    [[ ! -e $WORLD/overwritten_images ]] || fail "An image was overwritten."
}

@test "the id of a build follows the content: tracked, new and deleted files, but not what git ignores" {
    cd "$repository"
    git init --quiet . && echo .azure/ >.gitignore && git add . && git -c user.name=a -c user.email=a@b.c commit --quiet -m a
    ids() { "$AZDEPLOY_SHELL" -c '. ./azdeploy.sh; content_hash'; }
    first=$(ids)
    [[ $first =~ ^[0-9a-f]{12}$ && $(ids) == "$first" ]]
    mkdir -p .azure && echo ignored >.azure/x
    [[ $(ids) == "$first" ]]
    echo new >new.txt
    second=$(ids)
    [[ $second != "$first" ]]
    rm new.txt src/app.py
    [[ $(ids) != "$first" && $(ids) != "$second" ]]
}

@test "settings are kept, and can be changed without a new build" {
    deployed --model gpt-realtime-2.1
    [[ $(cat "$WORLD/model_of_the_app") == gpt-realtime-2.1 ]]
    deploy_with --deploy --voice en-GB-SoniaNeural --instructions 'Say "yes" = ja; $HOME' --plan P1v3 --instances 3 --sessions 100
    succeeded
    not_called "^azd deploy"
    called "VOICE_LIVE_MODEL=gpt-realtime-2.1 .*VOICE_LIVE_VOICE=en-GB-SoniaNeural VOICE_LIVE_INSTRUCTIONS=Say \"yes\" = ja; \\\$HOME PLAN_SIZE=P1v3 INSTANCES=3 SESSIONS_PER_INSTANCE=100"
    [[ $(cat "$WORLD/model_of_the_app") == gpt-realtime-2.1 ]] || fail "The model was forgotten."
}

@test "an image that somebody started from elsewhere is kept by provisioning" {
    deployed
    echo crvoice.azurecr.io/openvoicelive:20261119000000-aaaaaaaaaaaa >"$WORLD/image"
    deploy_with --deploy
    called "^azd env set SERVICE_APPSERVICE_IMAGE_NAME=crvoice.azurecr.io/openvoicelive:20261119000000-aaaaaaaaaaaa "
}

@test "another copy of the repository finds the deployment and its region" {
    deployed --location swedencentral
    rm -r "$repository/.azure"
    deploy_with --deploy --public
    succeeded
    called "^azd env set .*RESOURCES_LOCATION=swedencentral "
    says "https://app-voice-swedencentral.example.net"
}

@test "Container Apps is the other host, chosen by one option and then remembered" {
    deployed --host containerapp
    says "https://ca-voice-eastus2.example.net"
    change_the_source
    deploy_with --deploy
    succeeded
    called "^azd deploy containerapp --environment $environment --no-prompt$"
    called "ON_APP_SERVICE=false ON_CONTAINER_APPS=true"
}

@test "Container Apps takes changed settings with the image that runs" {
    deployed --host containerapp
    image=$(cat "$WORLD/image")
    deploy_with --deploy --voice en-GB-SoniaNeural
    succeeded
    called "^azd deploy containerapp --from-package $image "
    times_called "^azd deploy" 1
}

@test "a deployment does not change its host behind one's back" {
    deployed
    deploy_with --deploy --host containerapp
    stopped_with "This deployment runs on appservice"
    not_called "^azd provision"
}

@test "a group that was there before is used where it is, and only the resources have our region" {
    printf 'westeurope\tNone\n' >"$WORLD/group"
    deploy_with --deploy --public
    succeeded
    not_called "^az group create"
    called "AZURE_LOCATION=westeurope RESOURCES_LOCATION=eastus2"
    says "was there before: --down will not delete it"
}

@test "--dry-run looks at everything, says what would be done, and changes nothing" {
    echo Microsoft.Web >"$WORLD/unregistered"
    deploy_with --deploy --public --dry-run
    succeeded
    says "Would run: az provider register --namespace Microsoft.Web"
    says "Would run: az group create"
    says "Would run: azd env new"
    says "Would run: azd provision"
    says "Would run: azd deploy appservice"
    says "Nothing was changed."
    says_not "Deployment complete!"
    not_called "^azd (provision|deploy|down|env (new|set))|^az .*(create|register|purge|delete) "
    [[ ! -e $repository/.azure ]] || fail "It should not have made .azure."
}

@test "a pipe gets plain lines, a terminal sees the time pass" {
    deploy_with --deploy --public
    [[ $output != *$'\r'* ]] || fail "There should be no carriage return in a pipe."
    change_the_source
    # So slow that the clock is seen.
    printf '#!/bin/bash\nif [[ $1 == deploy ]]; then /bin/sleep 2; fi\nexec %s/fakes/azd "$@"\n' "$here" >"$WORLD/azd"
    chmod +x "$WORLD/azd"
    PATH=$WORLD:$PATH
    run script --quiet --return --command "$AZDEPLOY_SHELL azdeploy.sh --update" /dev/null </dev/null
    calls=$(cat "$WORLD/calls")
    succeeded
    [[ $output == *$'\r'"  0 min 0"* ]] || fail "The time should be seen on a terminal."
}

@test "the one log file has every command, its output and its status, and only its owner may read it" {
    deploy_with --deploy --public --log "$BATS_TEST_TMPDIR/my.log"
    succeeded
    grep -q '^\$ azd provision --no-state --environment' "$BATS_TEST_TMPDIR/my.log"
    grep -q '^exit status 0$' "$BATS_TEST_TMPDIR/my.log"
    [[ $(stat -c %a "$BATS_TEST_TMPDIR/my.log") == 600 ]]
    [[ ! -e $repository/azdeploy.log ]]
    mkdir "$BATS_TEST_TMPDIR/elsewhere" && cd "$BATS_TEST_TMPDIR/elsewhere"
    run "$AZDEPLOY_SHELL" "$repository/azdeploy.sh" --deploy --log here.log
    calls=$(cat "$WORLD/calls")
    succeeded
    [[ -s here.log && ! -e $repository/here.log ]] || fail "The log should be where it was said."
}

@test "everybody may talk only if that was said" {
    deploy_with --deploy
    stopped_with "Say who may open the page"
    not_called "create|provision"
    deploy_with --deploy --public
    succeeded
    says "Everybody who has the link can talk, at your cost."
}

@test "on a terminal it is asked who may open the page" {
    cd "$repository"
    run script --quiet --return --command "$AZDEPLOY_SHELL azdeploy.sh --deploy" /dev/null <<<$'\n203.0.113.9\n'
    calls=$(cat "$WORLD/calls")
    succeeded
    called "ALLOWED_NETWORKS=203.0.113.9/32 ACCESS_CHOSEN=true"
    says_not "Everybody who has the link"
}

@test "it may be answered in one's own language, and everybody is not a network" {
    cd "$repository"
    run script --quiet --return --command "$AZDEPLOY_SHELL azdeploy.sh --deploy" /dev/null <<<$'0.0.0.0/0\nnobody\ntutti\n'
    calls=$(cat "$WORLD/calls")
    succeeded
    says "0.0.0.0/0 is everybody"
    says "Everybody who has the link can talk"
    for everyone in todos Todos público cualquiera; do
        (. "$repository/azdeploy.sh" && means_everyone "$everyone") || fail "$everyone means everyone."
    done
    ! (. "$repository/azdeploy.sh" && means_everyone nobody) || fail "Nobody is not everyone."
}

@test "what the plan cannot hold is refused before anything is made" {
    deploy_with --deploy --public --plan B1 --instances 30
    stopped_with "The plan B1 has at most 3 instances, not 30"
    deploy_with --deploy --public --plan S2 --instances 11
    stopped_with "The plan S2 has at most 10 instances"
    deploy_with --deploy --public --sessions 1000
    stopped_with "holds at most 300 conversations (350 WebSockets), not 1000"
    not_called "create|^azd (env|provision)"
    deploy_with --deploy --public --plan P1v3 --sessions 1000
    succeeded
    says "takes about 30 new conversations a minute"
    forget_calls
    # Together with what is remembered.
    deploy_with --deploy --plan B1
    stopped_with "not 1000"
}

@test "two runs at once: the second one stops, and a run that was killed holds nobody up" {
    deployed
    lock=$TMPDIR/azdeploy-$(id -u)-$environment.lock
    mkdir -p "$lock/$$"
    deploy_with --update
    stopped_with "Another run of this script (process $$) is at work"
    not_called "^azd deploy|^az .*(create|delete)"
    rmdir "$lock/$$"
    # A process that has ended.
    bash -c 'mkdir "$1/$$"' _ "$lock"
    deploy_with --update
    succeeded
    [[ ! -e $lock ]] || fail "The lock should be gone."
}

@test "the log of the run before is kept" {
    fail_when azd "^provision" 1 unheard-of
    deploy_with --deploy --public
    stopped_with "The dog ate the deployment."
    deploy_with --deploy --public
    succeeded
    grep -q "The dog ate the deployment." "$repository/azdeploy.log" || fail "The first log was overwritten."
    [[ $(grep -c '^azdeploy.sh deploy, ' "$repository/azdeploy.log") == 2 ]] || fail "Each run should begin with its title."
}

@test "a resource that was deleted by hand is made again, though nothing in the templates has changed" {
    deployed
    sed -i '/^app-voice/d' "$WORLD/resources"
    deploy_with --deploy
    succeeded
    grep -q '^app-voice' "$WORLD/resources" || fail "The web app should be there again."
    times_called "^azd deploy appservice" 1
}

@test "allowed networks are made whole and kept" {
    deploy_with --deploy --allowed-networks "203.0.113.0/24,198.51.100.7,2001:db8::/32"
    succeeded
    called "ALLOWED_NETWORKS=203.0.113.0/24,198.51.100.7/32,2001:db8::/32 ACCESS_CHOSEN=true"
    says_not "Everybody who has the link"
}

@test "sign-in is a setting, and its WebSocket is not said to have been tried" {
    deploy_with --deploy --sign-in 01234567-89ab-cdef-0123-456789abcdef
    [[ $status == 3 ]] || fail "The status should be 3."
    says "Voice Live was not asked, because only people can sign in."
    says_not "Deployment complete!"
    not_called "^python3"
    called "SIGN_IN_CLIENT_ID=01234567-89ab-cdef-0123-456789abcdef"
    says "Its WebSocket is behind the sign-in, so it was not tried."
    says_not "its WebSocket opens"
}

@test "wrong options are refused before anything is called" {
    local wrong
    for wrong in "--plan F1" "--host aks" "--instances 0" "--instances 31" "--sessions many" "--sign-in me" \
        "--allowed-networks everywhere" "--allowed-networks 0.0.0.0/0" "--allowed-networks ::/0" "--allowed-networks 0.0.0.0/1,128.0.0.0/1" "--allowed-networks 10.0.0.300" "--location East US" "--resource-group a/b" \
        "--subscription mine" "--nonsense" "--nonsense x" "nonsense" "--down --deploy" "--voice a;b" "--model"; do
        # shellcheck disable=SC2086
        if [[ $wrong == "--location East US" ]]; then deploy_with --deploy --location "East US"; else deploy_with --deploy $wrong; fi
        [[ $status == 2 ]] || fail "\"$wrong\" should be wrong use."
        says "--help says what there is"
        [[ -z $calls ]] || fail "\"$wrong\": nothing should have been called."
    done
}

@test "--help tells every option that there is" {
    deploy_with --help
    succeeded
    local option
    while read -r option; do
        says "$option"
    done < <(grep -oE '^ +(1 \| |2 \| )?--[a-z-]+\)' "$repository/deploy/azure/options.sh" | grep -oE -e '--[a-z-]+' | sort -u)
    [[ -z $calls ]]
}
