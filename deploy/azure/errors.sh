# shellcheck shell=bash
# What goes wrong on Azure, and what to do about it. The first row that fits counts, so what ends the run comes first:
# waiting for a missing permission helps nobody.

# what to do | what the output says | what a person is told
error_table() {
    cat <<'TABLE'
stop|AuthorizationFailed|Your account may not do this. It needs the role Owner on the resource group, or Contributor together with Role Based Access Control Administrator.
stop|RequestDisallowedByPolicy|A policy of your organisation forbids this. The log names the policy; ask who looks after it.
stop|InvalidTemplate|Azure does not accept the templates in infra/. This is a mistake of the project: please report it with the log.
stop|TasksOperationsNotAllowed|This subscription may not build images in Azure (free trials may not). Use a paid subscription, or install Docker: azd then builds on this machine.
stop|toomanyrequests|Docker Hub refuses to give the base image to Azure's builders. Use a base image of mcr.microsoft.com in the Dockerfile.
region|InsufficientQuota|There is no quota left for this in the region.
region|SubscriptionIsOverQuotaForSku|The subscription has no quota for this size of plan in the region.
region|LocationNotAvailableForResourceType|The region does not offer one of the services.
region|SkuNotAvailable|The size is not to be had in the region.
restore|FlagMustBeSetForRestore|A deleted account still holds the name.
register|NoRegisteredProviderFound|A resource provider is not registered.
register|MissingSubscriptionRegistration|A resource provider is not registered.
wait|RequestConflict|Azure is still busy with an earlier request.
wait|AnotherOperationInProgress|Azure is still busy with an earlier request.
wait|PrincipalNotFound|The new identity is not known everywhere yet.
wait|ResourceGroupBeingDeleted|The resource group is still being deleted.
wait|Too ?Many ?Requests|Azure asks for a pause.
wait|(HTTP|[Ss]tatus|[Ss]tatusCode|RESPONSE|code)[^0-9a-z]{0,12}(429|5[0-9][0-9])|Azure does not answer as it should.
wait|(Internal ?Server ?Error|Service ?Unavailable|Bad ?Gateway|Gateway ?Timeout)|Azure does not answer as it should.
wait|unable to pull image using [Mm]anaged [Ii]dentity|The right to pull the image is not known everywhere yet.
TABLE
}

# Which row fits to what a command printed; sets $verdict and $reason.
judge() {
    local row rest pattern
    verdict=unknown
    reason=
    while IFS= read -r row; do
        verdict=${row%%|*}
        rest=${row#*|}
        reason=${rest##*|}
        pattern=${rest%|*}
        if grep -Eq -e "$pattern" "$work_folder/printed"; then
            return 0
        fi
    done < <(error_table)
    verdict=unknown
    # Both tools begin their own message with ERROR; without one, the end is what counts.
    reason=$(sed -n '/ERROR/,$p' "$work_folder/printed" | sed -n 1,5p)
    reason=${reason:-$(tail -n 5 "$work_folder/printed")}
}

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

# The message holds the id of the deleted account. It is purged only if it is ours: this subscription, this group, our name.
repair_restore() {
    local id name
    id=$(grep -oE "/subscriptions/[^'\" ]+/accounts/[A-Za-z0-9-]+" "$work_folder/printed" | head -n 1) || id=
    name=${id##*/}
    is_our_account "$id" "$name" || die "$reason It is not one that this script made, so it is left alone: ${id:-the log says which}."
    purge_account "$name" "$resources_location" || die "The deleted account $name could not be purged. The log says why."
}
