# shellcheck shell=bash
# Option 1 and option 2.

service_uri=
running_image=

deploy_everything() {
    say "Looking at the tools, the account and the region."
    find_deployment
    check_model
    check_rights
    check_access
    check_size
    check_providers
    check_deleted_namesakes
    make_group
    open_environment
    remember_running_image
    provision
    bring_to_life
}

update_app() {
    say "Looking at the tools and the account."
    find_deployment
    find_running_image
    service_uri=$(remembered SERVICE_URI)
    [[ -n $running_image && -n $service_uri ]] ||
        die "There is nothing to update: the app of the group $rg is not deployed, or not from here. Choose 1 first; it changes nothing that is as it should be."
    bring_to_life
}

make_group() {
    ! $group_exists || return 0
    change "Making the resource group $rg in $group_location." az group create --name "$rg" --location "$group_location" \
        --tags "azd-env-name=$environment" application=openvoicelive --subscription "$subscription_id" --only-show-errors
    group_exists=true
    group_is_ours=true
    group_owner=$environment
}

# What Azure runs counts, not what this machine remembers: somebody may have deployed from elsewhere.
find_running_image() {
    local name
    running_image=
    $group_exists || return 0
    name=$(ask_azure resource list --resource-group "$rg" --subscription "$subscription_id" --output tsv \
        --query "[?tags.\"azd-service-name\" == '$host' && tags.\"azd-env-name\" == '$environment'].name | [0]") ||
        die "az could not list what is in the group $rg. The log says why."
    [[ -n $name && $name != None ]] || return 0
    if [[ $host == appservice ]]; then
        running_image=$(ask_azure webapp config show --name "$name" --resource-group "$rg" \
            --subscription "$subscription_id" --query linuxFxVersion --output tsv) || running_image=
        running_image=${running_image#DOCKER|}
    else
        running_image=$(ask_azure containerapp show --name "$name" --resource-group "$rg" \
            --subscription "$subscription_id" --query "properties.template.containers[0].image" --output tsv) || running_image=
    fi
    [[ -n $running_image ]] || die "az could not say which image the app $name runs. The log says why."
}

# Provisioning sets the image that azd remembers, so that must be the one that runs.
remember_running_image() {
    local name=SERVICE_APPSERVICE_IMAGE_NAME
    [[ $host == appservice ]] || name=SERVICE_CONTAINERAPP_IMAGE_NAME
    find_running_image
    if [[ -n $running_image && $running_image != "$(remembered "$name")" ]]; then
        remember "$name=$running_image"
    fi
}

provision() {
    local tried=" $resources_location "
    until change_with_azd "Creating what is missing in $resources_location. The first time takes some minutes." \
        provision --no-state; do
        move_to_next_region
        tried="$tried$resources_location "
    done
    rm -f "$work_folder/remembered"
    ! $dry_run || return 0
    service_uri=$(remembered SERVICE_URI)
    [[ -n $service_uri ]] || die "azd did not say where the app is. The log has what it printed."
}

# Where data is kept: https://azure.microsoft.com/explore/global-infrastructure/geographies; the EU Data Boundary is of the
# European Union and EFTA.
geography_of() {
    case $1 in
        canada*) echo Canada ;;
        australia*) echo Australia ;;
        brazil*) echo Brazil ;;
        japan*) echo Japan ;;
        korea*) echo Korea ;;
        uk*) echo "United Kingdom" ;;
        *india) echo India ;;
        *us | *us[0-9]) echo "United States" ;;
        *europe | france* | germany* | italy* | norway* | poland* | spain* | sweden* | switzerland*) echo "EU and EFTA" ;;
        *) echo "$1" ;;
    esac
}

# The group stays where it is. What the failed attempt made in the old region goes: it is tagged as ours, and new.
move_to_next_region() {
    local next="" region was=$resources_location ids
    [[ -z $running_image ]] ||
        die "$reason The app runs in $was; to move it, remove it with --down and deploy it in another region."
    for region in $(regions_of "$model"); do
        [[ $tried != *" $region "* ]] || continue
        $any_geography || [[ $(geography_of "$region") == "$(geography_of "$was")" ]] || continue
        next=$region
        break
    done
    if [[ -z $next ]]; then
        $any_geography || die "$reason All regions in the same geography ($(geography_of "$was")) that have $model were tried." \
            "If data may be kept in another one: bash azdeploy.sh --deploy --any-geography"
        die "$reason All regions that have $model were tried."
    fi
    say "$reason ($was)"
    confirmed "Try $next instead?" ||
        die "Nothing more was tried. To go on in the next region: bash azdeploy.sh --deploy --location $next"
    ids=$(ask_azure resource list --resource-group "$rg" --subscription "$subscription_id" --output tsv \
        --query "[?tags.\"azd-env-name\" == '$environment' && location == '$was'].id") || ids=
    if [[ -n $ids ]]; then
        # shellcheck disable=SC2086  # one argument for each id
        change "Removing what was made in $was." az resource delete --ids $ids --only-show-errors
    fi
    resources_location=$next
    remember "RESOURCES_LOCATION=$next"
}

# Build, start, check; and back to what ran before when that fails.
bring_to_life() {
    local build previous_build="" checked=0 image_before=$running_image
    build=$(new_build_id)
    if [[ -n $running_image && -n $service_uri ]]; then
        ask_health
        previous_build=$answering_build
        # What cannot be seen from here is taken from the image.
        if [[ $http_status == 000 || $http_status == 403 ]]; then previous_build=${running_image##*:}; fi
    fi
    if [[ -n $previous_build && ${previous_build##*-} == "${build##*-}" ]]; then
        say "The app already runs this source: build $previous_build."
        build=$previous_build
        # The container app takes changed settings with its next revision; the same settings make none.
        [[ $host == appservice ]] || start_image "Applying the settings." "$running_image"
    else
        build_and_start "$build"
    fi
    ! $dry_run || {
        say "Nothing was changed."
        return 0
    }
    say "Waiting until the build $build answers at $service_uri."
    wait_for_build "$build" || checked=$?
    case $checked in
        0) ;;
        "$not_checked") end_unchecked "Azure says that build $build runs. This machine cannot open $service_uri, so nothing more was tried." ;;
        *) roll_back "$build" "$previous_build" "$image_before" ;;
    esac
    hold_a_conversation || end_unchecked "The app answers, but no conversation was held: open $service_uri"
    warn_if_public
    say "Deployment complete!"
    say "$service_uri"
}

end_unchecked() {
    warn_if_public
    say "Deployed, but not checked: $1"
    exit "$not_checked"
}

build_and_start() {
    remember "BUILD_ID=$1"
    change_with_azd "Building the image in Azure and starting it: $1." deploy "$host"
}

start_image() {
    change_with_azd "$1" deploy "$host" --from-package "$2"
}

roll_back() {
    local build=$1 previous_build=$2 image_before=$3
    if [[ -z $image_before || -z $previous_build || $build == "$previous_build" ]]; then
        die "The deployment failed: build $build does not work, and there is no earlier one to go back to." "$(how_to_read_logs)"
    fi
    start_image "Going back to the build before: $previous_build." "$image_before"
    if wait_for_build "$previous_build"; then
        die "The deployment failed: build $build did not work. The build before it, $previous_build, runs again." "$(how_to_read_logs)"
    fi
    die "The deployment failed: build $build did not work, and the build before it, $previous_build, does not answer either." "$(how_to_read_logs)"
}

how_to_read_logs() {
    local name
    name=$(remembered HOST_NAME)
    if [[ $host == appservice ]]; then
        echo "What the app says: az webapp log tail --name $name --resource-group $rg"
    else
        echo "What the app says: az containerapp logs show --name $name --resource-group $rg --follow"
    fi
}

warn_if_public() {
    [[ -n $(setting ALLOWED_NETWORKS "") || -n $(setting SIGN_IN_CLIENT_ID "") ]] ||
        say "Everybody who has the link can talk, at your cost. To restrict it: bash azdeploy.sh --deploy --allowed-networks LIST"
}
