# shellcheck shell=bash
# Runs what changes something, and treats its failure as errors.sh says.

# A third more at random, so that two who wait for each other do not meet again.
pause() {
    local seconds=$(($1 + RANDOM % ($1 / 3 + 1)))
    say "$reason Trying again in $seconds s."
    sleep "$seconds"
}

# Run a command that changes something, and treat its failure as the table says. It returns when the command has
# succeeded, or with 1 when another region may help provisioning or az may delete what azd could not; everything else ends
# the run.
step() {
    local wait_s repaired=false waits="15 30 60"
    until run_logged "$@"; do
        judge
        log "This is treated as: $verdict"
        case $verdict in
            wait)
                [[ -n $waits ]] || die "$reason It was tried four times. Wait some minutes, then run the script again."
                wait_s=${waits%% *}
                waits=${waits#"$wait_s"}
                waits=${waits# }
                pause "$wait_s"
                ;;
            region)
                [[ "$1 $2" == "azd provision" ]] || die "$reason"
                return 1
                ;;
            restore | register)
                ! $repaired || die "$reason It was repaired once, and failed again in the same way."
                repaired=true
                say "$reason It is put right, then tried once more."
                "repair_$verdict"
                ;;
            active) wait_for_other_deployment ;;
            stop) die "$reason" ;;
            # The group is looked at afterwards, and deleted without azd.
            *)
                [[ "$1 $2" != "azd down" ]] || return 1
                die "Azure said something that this script does not know:" "$reason"
                ;;
        esac
    done
}

# Register what the failed command named, and nothing that is not ours to need.
repair_register() {
    local namespace named=false
    for namespace in $(needed_providers); do
        if grep -q "$namespace" "$work_folder/printed"; then
            named=true
            register_provider "$namespace"
        fi
    done
    $named || die "$reason It is none that openvoicelive needs; the log says which."
}

# The message holds the id or the name of the account. It is purged only if it is ours: this subscription, this group, our name.
repair_restore() {
    local id name place purged=false
    id=$(grep -oE "/subscriptions/[^'\" ]+/accounts/[A-Za-z0-9-]+" "$work_folder/printed" | head -n 1) || id=
    [[ -z $id ]] || is_our_account "$id" "${id##*/}" ||
        die "$reason It is not one that this script made, so it is left alone: $id."
    cp "$work_folder/printed" "$work_folder/refused"
    if [[ -n $id ]]; then
        purge_account "${id##*/}" "$resources_location" || die "The deleted account ${id##*/} could not be purged. The log says why."
        return 0
    fi
    list_deleted_accounts || die "$reason Azure could not say which accounts were deleted; the log says why."
    while IFS=$'\t' read -r name place; do
        grep -qF -e "$name" "$work_folder/refused" || continue
        purge_account "$name" "$place" || die "The deleted account $name could not be purged. The log says why."
        purged=true
    done <"$work_folder/deleted"
    $purged || die "$reason None that this script deleted has it, so somebody else does. Choose another name for rg: the name follows from it."
}
