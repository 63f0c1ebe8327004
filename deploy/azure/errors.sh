# shellcheck shell=bash
# What goes wrong on Azure, and what to do about it. Azure wraps errors in others: "InvalidTemplateDeployment" says only that
# something inside is refused, so what wraps has no row, and the code inside decides. When an output holds several, the
# first row counts, so what ends the run comes first: waiting for a missing permission helps nobody.

# what to do | a code, or ~ and what the text says | what a person is told
error_table() {
    cat <<'TABLE'
stop|AuthorizationFailed|Your account may not do this. It needs the role Owner on the resource group, or Contributor together with Role Based Access Control Administrator.
stop|RequestDisallowedByPolicy|A policy of your organisation forbids this. The log names the policy; ask who looks after it.
stop|(Expired|Invalid)AuthenticationToken|The login has expired. Run: az login, then azd auth login, then this script again; it goes on where it stopped.
stop|~AADSTS[0-9]+|The login has expired. Run: az login, then azd auth login, then this script again; it goes on where it stopped.
stop|~([Rr]un|with|execute|use) [`'"]?(az login|azd auth login)|The login has expired. Run: az login, then azd auth login, then this script again; it goes on where it stopped.
stop|TasksOperationsNotAllowed|This subscription may not build images in Azure (free trials may not). Use a paid subscription, or install Docker: azd then builds on this machine.
stop|~toomanyrequests|Docker Hub refuses to give the base image to Azure's builders. Use a base image of mcr.microsoft.com in the Dockerfile.
stop|~registry (DNS )?name .* (is )?already (in use|taken)|The name of the registry is taken by somebody else. Choose another name for rg: the name follows from it.
stop|~[Ww]ebsite with given name .* already exists|The name of the web app is taken by somebody else. Choose another name for rg: the name follows from it.
region|RequestDisallowedByAzure|Azure does not offer the region to this subscription.
region|InsufficientQuota|There is no quota left for this in the region.
region|QuotaExceeded|There is no quota left for this in the region.
region|(Internal)?SubscriptionIsOverQuotaForSku|The subscription has no quota for this size of plan in the region.
region|~without additional quota|The subscription has no quota for this size of plan in the region.
region|MaxNumberOfRegionalEnvironmentsInSubExceeded|The subscription has no quota for another Container Apps environment in the region.
region|LocationNotAvailableForResourceType|The region does not offer one of the services.
region|(SkuNotAvailable|SkuNotEligible)|The size is not to be had in the region.
region|(InsufficientCapacity|AllocationFailed|ZonalAllocationFailed|OverconstrainedAllocationRequest|ManagedEnvironmentCapacityHeavyUsageError|AKSCapacityHeavyUsage)|The region has no capacity left at the moment.
region|~([Nn]o available instances|[Nn]ot enough capacity|[Ii]nsufficient capacity|experiencing (high demand|capacity constraints)|region is at capacity)|The region has no capacity left at the moment.
active|DeploymentActive|Another deployment is under way in this resource group.
restore|(FlagMustBeSetForRestore|CustomDomainInUse)|The name of the AI Services account is held, maybe by one that was deleted.
register|(NoRegisteredProviderFound|MissingSubscriptionRegistration)|A resource provider is not registered.
wait|(RequestConflict|AnotherOperationInProgress|AccountProvisioningStateInvalid)|Azure is still busy with an earlier request.
wait|PrincipalNotFound|The new identity is not known everywhere yet.
wait|(ResourceGroupBeingDeleted|ResourceGroupDeletionBlocked)|The resource group is still being deleted.
wait|~unable to pull image using [Mm]anaged [Ii]dentity|The right to pull the image is not known everywhere yet.
wait|~Operation expired|Container Apps did not finish in time.
wait|~Too ?Many ?Requests|Azure asks for a pause.
wait|~(HTTP|[Ss]tatus|[Ss]tatusCode|RESPONSE|code)[^0-9a-z]{0,12}(429|5[0-9][0-9])|Azure does not answer as it should.
wait|~(Internal ?Server ?Error|Service ?Unavailable|Bad ?Gateway|Gateway ?Timeout)|Azure does not answer as it should.
stop|InvalidTemplate|Azure does not accept the templates in infra/. This is a mistake of the project: please report it with the log.
TABLE
}

# The codes in what was printed, from the outermost to the innermost: "code": "X" (also escaped), (X), Code: X, X: sentence.
codes_printed() {
    grep -oE -e '[Cc][Oo][Dd][Ee]\\*"? *[:=] *\\*"?[A-Za-z]+' -e '\([A-Z][A-Za-z]+\)' -e '(^|[^A-Za-z./])[A-Z][a-z]+[A-Z][A-Za-z]*: ' \
        "$work_folder/printed" | sed -E 's/^.*[^A-Za-z]([A-Za-z]+)[^A-Za-z]*$/\1/; s/[^A-Za-z]//g'
}

# Which row fits to what a command printed; sets $verdict and $reason.
judge() {
    local row rest pattern
    codes_printed >"$work_folder/codes" || true
    while IFS= read -r row; do
        verdict=${row%%|*}
        rest=${row#*|}
        reason=${rest##*|}
        pattern=${rest%|*}
        case $pattern in
            "~"*) ! grep -Eq -e "${pattern#"~"}" "$work_folder/printed" || return 0 ;;
            *) ! grep -Eqx -e "$pattern" "$work_folder/codes" || return 0 ;;
        esac
    done < <(error_table)
    verdict=unknown
    reason=$(innermost_message)
}

# What an unknown error says: the line of its innermost code; without a code from the tool's own ERROR on, or the end.
innermost_message() {
    local code message=""
    code=$(grep -Ev '^(TraceID|ERROR|Code|Message|Target|Details)$' "$work_folder/codes" | tail -n 1) || code=
    [[ -z $code ]] || message=$(grep -F -e "$code" "$work_folder/printed" | tail -n 1 | cut -c 1-500)
    message=${message:-$(sed -n '/ERROR/,$p' "$work_folder/printed" | sed -n 1,5p)}
    printf '%s\n' "${message:-$(tail -n 5 "$work_folder/printed")}"
}
