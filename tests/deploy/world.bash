# shellcheck shell=bash
# A fresh world for each test: a copy of the script, an empty Azure, the fakes first on PATH.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

# The shell that runs the script: AZDEPLOY_SHELL=/path/to/bash-3.2/bash tests what macOS has.
AZDEPLOY_SHELL=${AZDEPLOY_SHELL:-bash}

# The azd environment of a resource group.
environment_of() {
    printf 'voice-%s-%s\n' "$1" "$(printf '%s' "$1" | sha256sum | cut -c 1-8)"
}
# shellcheck disable=SC2034  # the tests use it
environment=$(environment_of rg-openvoicelive)

setup() {
    WORLD=$BATS_TEST_TMPDIR/world
    repository=$WORLD/repository
    # The script's temporary folder and its lock are of this world, too.
    TMPDIR=$WORLD/tmp
    export WORLD TMPDIR
    mkdir -p "$TMPDIR"
    mkdir -p "$repository/src"
    cp -r "$root/azdeploy.sh" "$root/deploy" "$root/infra" "$root/azure.yaml" "$repository"
    echo "print('hello')" >"$repository/src/app.py"
    echo 2.91.0 >"$WORLD/az_version"
    echo "azd version 1.31.2 (commit 0123456789abcdef)" >"$WORLD/azd_version"
    echo Owner >"$WORLD/roles"
    echo rg-openvoicelive >"$WORLD/group_name"
    : >"$WORLD/calls"
    PATH=$here/fakes:$PATH
}

teardown() {
    no_secret_is_left
}

# Runs the script as a pipe would; $status, $output and $calls tell what happened.
deploy_with() {
    cd "$repository" || return 1
    run "$AZDEPLOY_SHELL" azdeploy.sh "$@"
    calls=$(cat "$WORLD/calls")
}

forget_calls() {
    : >"$WORLD/calls"
}

fail_when() {
    local tool=$1 pattern=$2 times=$3 message=$4
    printf '%s\t%s\t%s\t%s\n' "$tool" "$pattern" "$times" "$here/messages/$message" >>"$WORLD/failures"
}

deployed() {
    deploy_with --deploy --public "$@"
    succeeded
    forget_calls
}

# What runs after a change of the source.
change_the_source() {
    echo "print('$RANDOM $RANDOM')" >>"$repository/src/app.py"
}

# Ends the test, also where a failing command alone would not: behind || and in conditions.
fail() {
    printf '%s\n' "$@" ${context:+"-- $context"} "-- status: ${status:-}" "-- output:" "${output:-}" "-- calls:" "${calls:-}" >&2
    exit 1
}

succeeded() {
    [[ $status == 0 ]] || fail "It should have succeeded."
}

stopped_with() {
    [[ $status == 1 ]] || fail "It should have stopped with status 1."
    [[ $output == *"$1"* ]] || fail "It should have said: $1"
    [[ $output != *"mistake of the script"* ]] || fail "The script lost its way."
    [[ $output != *"Deployment complete!"* ]] || fail "It failed and said that it was complete."
}

says() {
    [[ $output == *"$1"* ]] || fail "It should have said: $1"
}

says_not() {
    [[ $output != *"$1"* ]] || fail "It should not have said: $1"
}

called() {
    grep -Eq -e "$1" <<<"$calls" || fail "It should have called: $1"
}

not_called() {
    ! grep -Eq -e "$1" <<<"$calls" || fail "It should not have called: $1"
}

times_called() {
    local found
    found=$(grep -Ec -e "$1" <<<"$calls" || true)
    [[ $found == "$2" ]] || fail "$1 should have been called $2 times, not $found."
}

# slept 15 30: in this order, each with up to a third more.
slept() {
    local seconds wanted found=()
    while read -r seconds; do found+=("${seconds#sleep }"); done < <(grep '^sleep ' <<<"$calls" | grep -v '^sleep 10$')
    [[ ${#found[@]} == "$#" ]] || fail "It should have slept $# times, not ${#found[@]}: ${found[*]}"
    for wanted in "$@"; do
        seconds=${found[0]}
        found=("${found[@]:1}")
        ((seconds >= wanted && seconds <= wanted + wanted / 3)) || fail "It should have slept about $wanted s, not $seconds."
    done
}

running_build() {
    sed 's/.*://' "$WORLD/image"
}

# The fakes print tokens and keys in every failure. None may be on the screen, in a command, the log or a file.
no_secret_is_left() {
    if grep -rl z3cr3t "$repository" "$WORLD/calls" >&2 || [[ ${output:-} == *z3cr3t* ]]; then
        echo "A secret was printed or kept." >&2
        return 1
    fi
}
