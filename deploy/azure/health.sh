# shellcheck shell=bash
# Whether the app answers, as which build, and whether a conversation could be opened.

http_status=
answering_build=

# Ask /healthz; sets $http_status (000: no answer) and $answering_build.
ask_health() {
    http_status=$(ask curl --silent --max-time 10 --output "$work_folder/health" --write-out '%{http_code}' \
        "$service_uri/healthz") || true
    answering_build=
    [[ ! -f $work_folder/health ]] ||
        answering_build=$(sed -nE 's/.*"build" *: *"([^"]*)".*/\1/p' "$work_folder/health" | head -n 1)
    rm -f "$work_folder/health"
    log "GET $service_uri/healthz: ${http_status:=000}, build ${answering_build:-none}"
}

# The browser's handshake. curl keeps a socket that was opened until its time is up, so only the status counts.
websocket_status() {
    local status
    status=$(ask curl --silent --http1.1 --max-time 10 --output /dev/null --write-out '%{http_code}' \
        --header "Connection: Upgrade" --header "Upgrade: websocket" --header "Sec-WebSocket-Version: 13" \
        --header "Sec-WebSocket-Key: b3BlbnZvaWNlbGl2ZS4uLg==" --header "Origin: $service_uri" \
        "$service_uri/ws") || true
    log "WebSocket $service_uri/ws: ${status:-000}"
    printf '%s\n' "${status:-000}"
}

# Wait until a build answers and takes a WebSocket. Returns 0, 1 (it does not) or 3 (this machine cannot see it, and Azure
# says that it runs).
readonly health_tries=60 health_pause_s=10 not_checked=3
wait_for_build() {
    local build=$1 try socket="" is_seen=false
    for ((try = 1; try <= health_tries; try++)); do
        ask_health
        [[ $http_status == 000 || $http_status == 403 ]] || is_seen=true
        if [[ $http_status == 403 && -n $(setting ALLOWED_NETWORKS "") ]] && azure_runs "$build"; then return "$not_checked"; fi
        if [[ $http_status == 200 && $answering_build == "$build" ]]; then
            socket=$(websocket_status)
            if [[ $socket == 101 ]]; then
                say "Build $build answers, and its WebSocket opens."
                return 0
            fi
            # Sign-in stands before the socket, and lets only people through.
            if [[ -n $(setting SIGN_IN_CLIENT_ID "") && $socket =~ ^(302|401)$ ]]; then
                say "Build $build answers. Its WebSocket is behind the sign-in, so it was not tried."
                return 0
            fi
        fi
        ((try == health_tries)) || sleep "$health_pause_s"
    done
    if ! $is_seen && azure_runs "$build"; then return "$not_checked"; fi
    if [[ -n $socket ]]; then
        say "The build $build answers, but its WebSocket does not open (HTTP $socket instead of 101)."
    else
        say "The build $build does not answer (HTTP $http_status, build ${answering_build:-none})."
    fi
    return 1
}

# Whether Azure says that this build runs: for what this machine cannot see, because of the app's network rules, a proxy or
# no way to the internet.
azure_runs() {
    local name states image
    name=$(remembered HOST_NAME)
    image=$(find_running_image >/dev/null 2>&1 && printf '%s' "$running_image") || return 1
    [[ ${image##*:} == "$1" ]] || return 1
    if [[ $host == appservice ]]; then
        states=$(ask_azure webapp list-instances --name "$name" --resource-group "$rg" --subscription "$subscription_id" \
            --query "[].state" --output tsv) || return 1
        [[ -n $states ]] && ! grep -qvx READY <<<"$states"
    else
        states=$(ask_azure containerapp revision list --name "$name" --resource-group "$rg" \
            --subscription "$subscription_id" --query "[?properties.active].properties.healthState" --output tsv) || return 1
        [[ -n $states ]] && ! grep -qvx Healthy <<<"$states"
    fi
}
