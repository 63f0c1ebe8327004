# shellcheck shell=bash
# AI Services accounts that were deleted. Until they are purged each keeps its name, and its place in the quota.

# Ours, in all regions, into $work_folder/deleted: name <TAB> region. Fails when Azure does not say.
list_deleted_accounts() {
    local name place id
    : >"$work_folder/deleted"
    ask_azure cognitiveservices account list-deleted --subscription "$subscription_id" \
        --query "[?starts_with(name, 'ai-voice-')].[name, location, id]" --output tsv >"$work_folder/all_deleted" || return 1
    while IFS=$'\t' read -r name place id; do
        ! is_our_account "$id" "$name" || printf '%s\t%s\n' "$name" "$place" >>"$work_folder/deleted"
    done <"$work_folder/all_deleted"
}

is_our_account() {
    local id name=$2 group
    id=$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')
    group=$(printf '%s' "/subscriptions/$subscription_id/resourcegroups/$rg/" | tr '[:upper:]' '[:lower:]')
    # A deleted account's id has its region between the subscription and the group.
    id=$(printf '%s' "$id" | sed -E 's#/providers/microsoft\.cognitiveservices/locations/[^/]+##')
    [[ $id == "$group"* && $name == ai-voice-* ]]
}

purge_account() {
    run_logged az cognitiveservices account purge --name "$1" --resource-group "$rg" --location "$2" \
        --subscription "$subscription_id" --only-show-errors
}

# Purge all that is listed; what cannot be purged is named with the command.
purge_deleted_accounts() {
    local name place commands=""
    list_deleted_accounts ||
        die "The resource group $rg is deleted. Azure could not say which deleted accounts still hold their names; to see them:" \
            "  az cognitiveservices account list-deleted --subscription $subscription_id"
    while IFS=$'\t' read -r name place; do
        say "Purging the deleted account $name in $place."
        purge_account "$name" "$place" ||
            commands="$commands  az cognitiveservices account purge --name $name --resource-group $rg --location $place --subscription $subscription_id"$'\n'
    done <"$work_folder/deleted"
    [[ -z $commands ]] ||
        die "The resource group $rg is deleted, but these accounts could not be purged, so they keep their names for two days. To purge them:" \
            "${commands%$'\n'}"
}
