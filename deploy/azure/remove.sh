# shellcheck shell=bash
# --down: everything that the script made goes, and nothing else. What Azure has afterwards counts, not what azd says: azd
# ends with 0 when it finds no finished deployment, also where a rejected or interrupted one has left a group full of things.

remove_everything() {
    find_deployment
    list_deleted_accounts || say "Deleted accounts could not be listed yet."
    if ! $group_exists && [[ ! -s $work_folder/deleted ]]; then
        say "There is no resource group $rg, so there is nothing to remove."
        return 0
    fi
    show_what_goes
    if $dry_run; then
        say "Would run: azd down --purge --force" "Nothing was changed."
        return 0
    fi
    confirmed "Delete all of it?" || die "Nothing was deleted. Without a terminal, say --yes."
    ! $group_exists || delete_group
    purge_deleted_accounts
    say "All of it is deleted."
}

show_what_goes() {
    local name type place
    if $group_exists; then
        list_group
        refuse_foreign_things
        say "This would be deleted for ever, with the resource group $rg:"
        while IFS=$'\t' read -r name type; do
            say "  $type $name"
        done <"$work_folder/ours"
    fi
    while IFS=$'\t' read -r name place; do
        say "  Deleted account that still holds its name: $name in $place"
    done <"$work_folder/deleted"
}

delete_group() {
    model=$(setting VOICE_LIVE_MODEL gpt-realtime)
    open_environment
    change_with_azd "Deleting. This takes some minutes." down --purge --force || say "azd could not delete it; az does."
    if group_is_there; then
        # Something may have come into it since it was looked at.
        list_group
        refuse_foreign_things
        change "The resource group $rg is still there. Deleting it." az group delete --name "$rg" --yes \
            --subscription "$subscription_id" --only-show-errors
    fi
    ! group_is_there ||
        die "The resource group $rg is still there, although Azure reported no error. To delete it:" \
            "  az group delete --name $rg --subscription $subscription_id"
}

group_is_there() {
    local exists
    exists=$(answer_group_exists)
    [[ -n $exists ]] ||
        die "az could not say whether the resource group $rg is gone. To look: az group exists --name $rg --subscription $subscription_id"
    $exists
}

# Into ours and foreign, by the tag that every resource of ours has. Application Insights makes two things by itself,
# which have no tag.
list_group() {
    local name type tag
    ask_azure resource list --resource-group "$rg" --subscription "$subscription_id" \
        --query '[].[name, type, tags."azd-env-name"]' --output tsv >"$work_folder/resources" ||
        die "az could not list what is in the group $rg, so nothing was deleted. The log says why."
    : >"$work_folder/ours"
    : >"$work_folder/foreign"
    while IFS=$'\t' read -r name type tag; do
        [[ -n $name ]] || continue
        if [[ $tag == "$environment" ]] || is_made_by_insights "$name" "$type"; then
            printf '%s\t%s\n' "$name" "$type" >>"$work_folder/ours"
        else
            printf '%s\t%s\n' "$name" "$type" >>"$work_folder/foreign"
        fi
    done <"$work_folder/resources"
}

is_made_by_insights() {
    case $(printf '%s' "$2" | tr '[:upper:]' '[:lower:]') in
        microsoft.alertsmanagement/smartdetectoralertrules) [[ $1 == "Failure Anomalies - appi-voice-"* ]] ;;
        microsoft.insights/actiongroups) [[ $1 == "Application Insights Smart Detection" ]] ;;
        *) return 1 ;;
    esac
}

refuse_foreign_things() {
    if [[ -s $work_folder/foreign ]]; then
        die "The resource group $rg holds other things too, and deleting it would delete them:" \
            "$(sed 's/^/  /' "$work_folder/foreign")" \
            "Nothing was deleted. Move them to another group first, or delete ours one by one:" "$(delete_one_by_one)"
    fi
    $group_is_ours ||
        die "The resource group $rg was not made by this script, so it is not deleted. To delete only what is in it:" \
            "$(delete_one_by_one)"
}

delete_one_by_one() {
    echo "  az resource delete --ids \$(az resource list --resource-group $rg --query \"[?tags.\\\"azd-env-name\\\" == '$environment'].id\" --output tsv)"
}
