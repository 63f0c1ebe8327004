# shellcheck shell=bash
# The build's id: when, and of what. It is the image's tag, which is therefore never used twice, and it is in the image.

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# The names of all files that may be in the image, each ended by a zero byte. A repository around ours that ignores this
# folder knows none of its files, so only a repository that has the script itself is asked.
source_files() {
    if git -C "$here" ls-files --error-unmatch azdeploy.sh >/dev/null 2>&1; then
        git -C "$here" ls-files -z --cached --others --exclude-standard
    else
        find . -type f -not -path './.git/*' -not -path './.azure/*' -not -path './.venv*' -not -path './node_modules/*' \
            -not -name '*.log' -not -name '*.pyc' -not -name .env -print0
    fi
}

content_hash() {
    local file
    source_files | LC_ALL=C sort -z | while IFS= read -r -d '' file; do
        # A file may be deleted and not yet committed.
        [[ ! -f $file ]] || sha256 "$file"
    done | sha256 | cut -c 1-12
}

new_build_id() {
    printf '%s-%s\n' "$(date -u +%Y%m%d%H%M%S)" "$(content_hash)"
}
