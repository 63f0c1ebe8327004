# shellcheck shell=bash
# One run at a time for each deployment on this machine: two would build on each other's half-made things. Runs on other
# machines are seen by Azure (DeploymentActive).

lock=

# Making a folder cannot succeed twice. In it is one that is named as the process that holds it.
take_lock() {
    local folder holder
    ! $dry_run || return 0
    folder=${TMPDIR:-/tmp}
    folder=${folder%/}/azdeploy-$(id -u)-$environment.lock
    if ! mkdir "$folder" 2>/dev/null; then
        holder=$(cd "$folder" && echo [0-9]*) || holder=unknown
        if [[ ! $holder =~ ^[0-9]+$ ]] || kill -0 "$holder" 2>/dev/null; then
            die "Another run of this script (process $holder) is at work on the group $rg. Wait until it ends. If none is, delete $folder."
        fi
        # Its run was killed.
        rmdir "$folder/$holder"
    fi
    lock=$folder
    mkdir "$lock/$$"
}

release_lock() {
    [[ -z $lock ]] || rmdir "$lock/$$" "$lock" || true
}
