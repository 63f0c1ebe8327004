# shellcheck shell=bash
# --down: everything that the script made goes, and nothing else.

remove_everything() {
    find_deployment
    $group_exists || {
        say "There is no resource group $rg, so there is nothing to remove."
        return 0
    }
    list_group
    refuse_foreign_things
    say "This would be deleted for ever, with the resource group $rg:"
    while IFS=$'\t' read -r name type _; do
        say "  $type $name"
    done <"$work_folder/ours"
    if $dry_run; then
        say "Would run: azd down --purge --force" "Nothing was changed."
        return 0
    fi
    confirmed "Delete all of it?" || die "Nothing was deleted. Without a terminal, say --yes."
    model=$(setting VOICE_LIVE_MODEL gpt-realtime)
    open_environment
    change "Deleting. This takes some minutes." azd down --purge --force --environment "$environment" --no-prompt
    say "All of it is deleted."
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
