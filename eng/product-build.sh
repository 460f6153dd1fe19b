#!/usr/bin/env bash
# product-build.sh PROJECT ASSEMBLY: started by product.sh when there is something to build.
set -u
root=$(cd -- "${BASH_SOURCE[0]%/*}/.." && pwd) || exit
script=run.sh

. "$root/eng/say.sh"
. "$root/eng/product.sh"
. "$root/eng/orleans.sh"

# product_build PROJECT ASSEMBLY: builds under a lock, or waits for who does. Whoever waited for a build that failed
# fails with it: N starters do not make N failing builds in a row.
product_build() {
    local name=$1 lock waited=
    command -v flock >/dev/null || die "'flock' (util-linux) is not installed; it keeps two builds apart."
    mkdir -p "$root/.build" && exec {lock}>>"$root/.build/$name.lock" || die "cannot write to $root/.build"
    if ! flock -n "$lock"; then
        waited=yes
        say "another process is building $name; waiting for it"
        flock "$lock" || die "cannot lock $root/.build/$name.lock"
    fi
    if ! product_current "$@"; then
        local failed=$root/.build/$name.failed
        if [[ $waited && -r $failed && $(<"$failed") == "$product_listing" ]]; then
            say "the build that was waited for failed (all of it is in $root/.build/$name.log):"
            grep -E '(error|warning) [A-Z]+[0-9]+' "$root/.build/$name.log" | sort -u | head -n 20 >&2
            exit 1
        fi
        rm -f "$failed"
        if ! product_publish "$@"; then
            printf '%s\n' "$product_listing" >"$failed"
            die "building $name failed (all of it is in $root/.build/$name.log)"
        fi
    fi
}

# Publishes into a folder of its own and only then points the stamp at it: programs that run keep the files that they
# were started from (those of the build before are deleted by the next one), and a build cut short leaves nothing behind
# that looks built.
product_publish() {
    local name=$1 assembly=$2 build=$root/.build folder previous= old
    require_dotnet
    orleans_decide cached
    folder=$name-$EPOCHSECONDS-$$
    [[ -r $build/$name.stamp ]] && read -r previous <"$build/$name.stamp"
    say "building $name (Release)"
    product_dotnet "$name" "$build/$folder" </dev/null 2>&1 | tee "$build/$name.log" >&2
    [[ ${PIPESTATUS[0]} == 0 && -r $build/$folder/$assembly.dll ]] || return
    printf '%s\n' "$folder" "$with_orleans" "$product_listing" >"$build/$name.stamp.new"
    mv -f "$build/$name.stamp.new" "$build/$name.stamp"
    for old in "$build/$name"-*-*; do
        [[ ${old##*/} == "$folder" || ${old##*/} == "$previous" ]] || rm -rf "$old"
    done
}

# Compiled ahead of time (ReadyToRun) where the compiler's package can be had, as that halves the time to the first
# answer; plainly where not. The packages decide, so restoring is the test. Outputs stay under .build: a developer's own
# bin/ and obj/ know nothing of the runtime identifier and must not be mixed with these.
product_dotnet() {
    local ready=(--use-current-runtime -p:PublishReadyToRun=true) plain=(--use-current-runtime)
    local common=("$root/$1" --artifacts-path "$root/.build/artifacts" "-p:WithOrleans=$with_orleans")
    local without=$root/.build/$1.no-readytorun seen=0 kind=ready
    [[ -r $without ]] && read -r seen <"$without"
    # What could not be had is asked for again after a day, not at every build: offline, asking takes a while.
    if ((EPOCHSECONDS - seen < 86400)) ||
        ! timeout 120 dotnet restore "${common[@]}" "${ready[@]}" >"$root/.build/$1.restore.log" 2>&1; then
        kind=plain
        dotnet restore "${common[@]}" "${plain[@]}" || return
        ((EPOCHSECONDS - seen < 86400)) || printf '%s\n' "$EPOCHSECONDS" >"$without"
    fi
    local -n options=$kind
    dotnet publish "${common[@]}" "${options[@]}" --no-restore --no-self-contained -c Release -o "$2" \
        -v quiet -clp:NoSummary
}

product_build "$@"
