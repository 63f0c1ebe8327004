# shellcheck shell=bash
# An app that answers /healthz may still be refused by Voice Live: a role that is missing, a region without the model, a model
# that is retired. So the script types one message, as a person would, and waits for the answer.

# A new role is known everywhere within minutes; Azure promises no time.
readonly conversation_tries=20 conversation_pause_s=15

find_python() {
    local python
    for python in python3 python; do
        if "$python" -c 'import ssl, sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1 </dev/null; then
            echo "$python"
            return 0
        fi
    done
    return 1
}

# Returns 0 or 3 (this machine cannot ask); when Voice Live does not answer, the run ends.
hold_a_conversation() {
    local python said="" code sentence try status=1
    if [[ -n $(setting SIGN_IN_CLIENT_ID "") ]]; then
        say "Voice Live was not asked, because only people can sign in. Open the page and say something."
        return "$not_checked"
    fi
    python=$(find_python) || {
        say "Voice Live was not asked: this needs Python 3.8 or newer on this machine. Open the page and say something."
        return "$not_checked"
    }
    for ((try = 1; try <= conversation_tries; try++)); do
        status=0
        said=$(ask "$python" -I "$here/deploy/azure/talk_once.py" "$service_uri") || status=$?
        log "A typed message to $service_uri: $said"
        code=${said%%$'\t'*}
        sentence=${said#*$'\t'}
        if ((status != 1)) || ! passes_with_time "$code"; then break; fi
        ((try > 1)) || say "Voice Live does not answer yet: $sentence Asking again for up to $((conversation_tries * conversation_pause_s / 60)) minutes."
        ((try == conversation_tries)) || sleep "$conversation_pause_s"
    done
    case $status in
        0) say "Voice Live answers a typed message." ;;
        1) die "The app runs at $service_uri, but Voice Live does not answer: $sentence" "$(advice_for "$code")" ;;
        *)
            say "Voice Live was not asked: this machine cannot open a conversation ($sentence)."
            return "$not_checked"
            ;;
    esac
}

passes_with_time() {
    case $1 in
        identity_refused | credentials_missing | too_many_requests | service_loading | service_silent | service_unreachable | no_answer) return 0 ;;
    esac
    return 1
}

# By the app's codes: src/openvoicelive/web/page/problems.py.
advice_for() {
    case $1 in
        identity_refused | credentials_missing)
            echo "The identity of the app needs the roles Cognitive Services User and Foundry User on the AI Services account. To put them right: bash azdeploy.sh --deploy"
            ;;
        model_refused | service_absent | session_refused | service_begins_nothing)
            echo "The region $resources_location may not have the model $(setting VOICE_LIVE_MODEL gpt-realtime), or it is retired. Choose another: bash azdeploy.sh --deploy --model NAME. There are: $(current_models)."
            ;;
        *) how_to_read_logs ;;
    esac
}
