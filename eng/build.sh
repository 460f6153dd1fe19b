#!/usr/bin/env bash
# Finds the built program of a project, and has it built where it is missing or out of date. Sourced by run.sh, with
# $root and $script set; test.sh and the rest of eng/ take the first part of it.
#
#   eng/build.sh PROJECT ASSEMBLY     builds, under a lock; how build_ensure starts it
#
# What run.sh needs at every start, a whole cluster of them at once under Maelstrom, forks once and starts nothing but
# one `find`. What is slow is a process of its own, started only when there is something to build.

# One voice, always on stderr.
say() { printf '%s: %s\n' "$script" "$*" >&2; }
die() { say "$@"; exit 1; }

# What the build needs and the scripts do not bring along, and how it is to behave.
require_dotnet() {
    # No process of the build may outlive it: one that did would hold the lock that it inherited, and our stderr.
    export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
    command -v dotnet >/dev/null ||
        die "the .NET SDK is not installed ('dotnet' is not on the PATH). Expected: SDK 10.0.1xx or a later 10.0" \
            "feature band (see global.json)."
    # In $root, as global.json is looked for from there upwards.
    (cd -- "$root" && dotnet --version >/dev/null 2>&1) ||
        die "the .NET SDK that is installed is not one that global.json accepts: 10.0.1xx or a later 10.0 feature" \
            "band. Installed: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')"
}

# Every file that the product is made of, with its size and time: its own folder and the libraries, no other program.
# Compared as text with what the stamp holds, so that a file that is gone, or that an older checkout put back, is seen
# too: `find -newer` would miss both.
build_sources() {
    cd -- "$root" || return
    shopt -s nullglob
    local places=(Directory.*.props Directory.*.targets global.jso[n] [Nn]u[Gg]et.[Cc]onfig eng/build.sh) project
    for project in */*.csproj; do
        case $project in
            "$1"/*) places+=("$1") ;;
            Tests/* | Benchmarks/* | Simulation/* | Silo/* | MaelstromGateway/* | Cli/*) ;;
            *) places+=("${project%%/*}") ;;
        esac
    done
    exec find "${places[@]}" -type d \( -name bin -o -name obj \) -prune \
        -o -type f ! -name '.*' ! -name '*.md' ! -name '*.db*' -printf '%p %s %T@\n'
}

# build_current PROJECT ASSEMBLY: true where what is built is what the sources say; $build_dll is its path then.
# Sets $build_listing always: a build keeps the listing from before it began, so that an edit made meanwhile counts.
build_current() {
    local stamp=$root/.build/$1.stamp folder stamped
    build_listing=$(build_sources "$1")
    [[ -r $stamp ]] || return
    { read -r folder; IFS= read -r -d '' stamped; } <"$stamp"
    build_dll=$root/.build/$folder/$2.dll
    [[ $stamped == "$build_listing"$'\n' && -r $build_dll ]]
}

# build_ensure PROJECT ASSEMBLY: as build_current, but builds first where it must. The build is a process of its
# own, so that what is started afterwards has the environment that it would have had without one.
build_ensure() {
    local folder
    build_current "$@" && return
    "$root/eng/build.sh" "$@" || return
    read -r folder <"$root/.build/$1.stamp" && build_dll=$root/.build/$folder/$2.dll
}

# build_locked PROJECT ASSEMBLY: builds under a lock, or waits for who does. Whoever waited for a build that failed
# fails with it: N starters do not make N failing builds in a row.
build_locked() {
    local name=$1 lock waited=
    command -v flock >/dev/null || die "'flock' (util-linux) is not installed; it keeps two builds apart."
    mkdir -p "$root/.build" && exec {lock}>>"$root/.build/$name.lock" || die "cannot write to $root/.build"
    if ! flock -n "$lock"; then
        waited=yes
        say "another process is building $name; waiting for it"
        flock "$lock" || die "cannot lock $root/.build/$name.lock"
    fi
    if ! build_current "$@"; then
        local failed=$root/.build/$name.failed
        if [[ $waited && -r $failed && $(<"$failed") == "$build_listing" ]]; then
            say "the build that was waited for failed (all of it is in $root/.build/$name.log):"
            grep -E '(error|warning) [A-Z]+[0-9]+' "$root/.build/$name.log" | sort -u | head -n 20 >&2
            exit 1
        fi
        rm -f "$failed"
        if ! build_publish "$@"; then
            printf '%s\n' "$build_listing" >"$failed"
            die "building $name failed (all of it is in $root/.build/$name.log)"
        fi
    fi
}

# Publishes into a folder of its own and only then points the stamp at it: programs that run keep the files that they
# were started from (those of the build before are deleted by the next one), and a build cut short leaves nothing behind
# that looks built.
build_publish() {
    local name=$1 assembly=$2 build=$root/.build folder previous= old
    require_dotnet
    folder=$name-$EPOCHSECONDS-$$
    [[ -r $build/$name.stamp ]] && read -r previous <"$build/$name.stamp"
    say "building $name (Release)"
    build_dotnet "$name" "$build/$folder" </dev/null 2>&1 | tee "$build/$name.log" >&2
    [[ ${PIPESTATUS[0]} == 0 && -r $build/$folder/$assembly.dll ]] || return
    printf '%s\n' "$folder" "$build_listing" >"$build/$name.stamp.new"
    mv -f "$build/$name.stamp.new" "$build/$name.stamp"
    for old in "$build/$name"-*-*; do
        [[ ${old##*/} == "$folder" || ${old##*/} == "$previous" ]] || rm -rf "$old"
    done
}

# Compiled ahead of time (ReadyToRun) where the compiler's package can be had, as that halves the time to the first
# answer; plainly where not. The packages decide, so restoring is the test. Outputs stay under .build: a developer's own
# bin/ and obj/ know nothing of the runtime identifier and must not be mixed with these.
build_dotnet() {
    local ready=(--use-current-runtime -p:PublishReadyToRun=true) plain=(--use-current-runtime)
    local common=("$root/$1" --artifacts-path "$root/.build/artifacts")
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

# Executed and not sourced:
[[ ${BASH_SOURCE[0]} != "$0" ]] || {
    set -u
    root=$(cd -- "${BASH_SOURCE[0]%/*}/.." && pwd) || exit
    script=run.sh
    build_locked "$@"
    exit
}
