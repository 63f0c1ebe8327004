# shellcheck shell=bash
# Sourced by every fake: notes the call, and fails when the scenario says so.
#
# $WORLD/calls has each call on a line; $AZ_CALLS collects the calls of az of all tests, for the real CLI's parser.
# $WORLD/failures has rows of: tool <TAB> pattern of the arguments <TAB> how many times <TAB> file with the message

tool=${0##*/}

note_call() {
    local call
    call=$(printf '%s ' "$tool" "$@" | tr '\n' ' ')
    printf '%s\n' "${call% }" >>"$WORLD/calls"
    if [[ $tool == az && -n ${AZ_CALLS:-} ]]; then
        {
            printf '%s\037' "$@"
            printf '\036'
        } >>"$AZ_CALLS"
    fi
    fail_if_asked "$*"
}

fail_if_asked() {
    local arguments=$1 of pattern times message rows=()
    [[ -f $WORLD/failures ]] || return 0
    local hit=
    while IFS=$'\t' read -r of pattern times message; do
        if [[ -z $hit && $of == "$tool" && $arguments =~ $pattern && $times -gt 0 ]]; then
            hit=$message
            times=$((times - 1))
        fi
        rows+=("$of"$'\t'"$pattern"$'\t'"$times"$'\t'"$message")
    done <"$WORLD/failures"
    printf '%s\n' "${rows[@]}" >"$WORLD/failures"
    [[ -n $hit ]] || return 0
    cat "$hit" >&2
    # What tools really print with --debug, or when a template is bad: none of it may reach a screen or a disk.
    cat >&2 <<'SECRETS'
Authorization: Bearer eyJ0eXAiOiJKV1QiLCJz3cr3tz.eyJhdWQiOiJz3cr3tz.z3cr3tz-signature
InstrumentationKey=z3cr3tz-0000;IngestionEndpoint=https://example.com/
"password": "z3cr3tz", AccountKey=z3cr3tz==;
"key1": "z3cr3tz"
SECRETS
    exit 1
}

environment_value() {
    sed -nE "s/^$1=\"(.*)\"$/\1/p" "$WORLD/repository/.azure/${2:-$(environment_of_group)}/.env" 2>/dev/null | tail -n 1
}

environment_of_group() {
    # shellcheck disable=SC2012  # one folder of the fake azd
    ls "$WORLD/repository/.azure" 2>/dev/null | head -n 1
}

# option --name "$@": the value after an option.
option() {
    local wanted=$1
    shift
    while (($#)); do
        if [[ $1 == "$wanted" ]]; then
            printf '%s\n' "${2:-}"
            return 0
        fi
        shift
    done
}
