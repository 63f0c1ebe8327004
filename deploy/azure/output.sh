# shellcheck shell=bash
# What a person sees, and the log: one file for all runs, for its owner only, without tokens and keys.

work_folder=
clock_pid=
on_terminal=false

open_log() {
    umask 077
    # The run before may be the one that failed, so nothing is overwritten.
    [[ ! -s $log_file ]] || printf '\n' >>"$log_file"
    : >>"$log_file"
    chmod 600 "$log_file"
    work_folder=$(mktemp -d)
    [[ ! -t 1 ]] || on_terminal=true
    log "azdeploy.sh $action, resource group $rg, region $location, $(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

close_log() {
    stop_clock
    [[ -z $work_folder ]] || rm -rf "$work_folder"
}

log() {
    printf '%s\n' "$*" >>"$log_file"
}

say() {
    printf '%s\n' "$*"
    log "$*"
}

# A sentence that says what to do, and the end.
die() {
    printf '%s\n' "$@" "The log is $log_file." >&2
    log "$@"
    exit 1
}

interrupted() {
    trap - ERR
    printf '\n'
    say "Interrupted. What Azure has begun goes on there: run the script again to continue, or with --down to remove it."
    exit 130
}

unexpected_failure() {
    local line=$1 command=$2
    trap - ERR
    die "The script failed where it should not, in line $line: ${command%% *}. This is a mistake of the script."
}

# Tools print tokens and keys when they fail or are asked for details; none of it may stay on the disk or the screen.
redact() {
    sed -E \
        -e 's/eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/[redacted]/g' \
        -e 's/((Account|Shared|Instrumentation|Shared[Aa]ccess)[Kk]ey[A-Za-z]*"?[=:] *"?)[^";, ]+/\1[redacted]/g' \
        -e 's/(([Pp]assword|[Ss]ecret|api[-_]?[Kk]ey|key[12])"?[=:] *"?)[^";, ]+/\1[redacted]/g' \
        -e 's/([?&]sig=)[^& ]+/\1[redacted]/g'
}

# Run a command of azd or az; its output goes to the log, and to $work_folder/printed for who judges it.
run_logged() {
    local status=0
    log "\$ $*"
    if $on_terminal; then
        run_with_clock "$@" || status=$?
    else
        capture "$@" || status=$?
    fi
    log "exit status $status"
    return "$status"
}

capture() {
    "$@" </dev/null 2>&1 | redact | tee -a "$log_file" >"$work_folder/printed"
}

# On a terminal the running step shows how long it has been at it. The clock is what runs beside, so that Ctrl+C
# reaches the command.
run_with_clock() {
    local status=0
    show_clock &
    clock_pid=$!
    capture "$@" || status=$?
    stop_clock
    return "$status"
}

show_clock() {
    local began=$SECONDS
    trap - ERR
    while :; do
        printf '\r  %s min %02d s ' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60))
        sleep 1
    done
}

stop_clock() {
    [[ -n $clock_pid ]] || return 0
    kill "$clock_pid" 2>/dev/null || true
    wait "$clock_pid" 2>/dev/null || true
    clock_pid=
    printf '\r                    \r'
}

# Ask az, azd or curl; what they complain of goes to the log.
ask() {
    "$@" 2> >(redact >>"$log_file") </dev/null
}

# What az answers to a question. Prints nothing when az fails; its complaint goes to the log.
ask_azure() {
    local answer
    log "\$ az $*"
    answer=$(ask az "$@" --only-show-errors) || return 1
    # az on Windows ends lines with CR.
    printf '%s\n' "${answer//$'\r'/}"
}

# Do something that changes Azure or this machine; with --dry-run only say so.
change() {
    local title=$1
    shift
    if $dry_run; then
        say "Would run: $*"
        return 0
    fi
    [[ -z $title ]] || say "$title"
    step "$@"
}

# A question that wants yes. Without a terminal, and without --yes, the answer is no.
confirmed() {
    local answer
    $assume_yes && return 0
    [[ -t 0 ]] || return 1
    read -r -p "$1 [y/N] " answer || return 1
    case $(in_small_letters "$answer") in
        y | yes | s | sì | sÌ | si | sí | sÍ | sim) return 0 ;;
    esac
    return 1
}
