# Sourced by test.sh, in $root: building, running and counting; the PostgreSQL server of the tests, the simulator, and the
# line coverage of Core.

tests_results=$root/.build/test-results

# tests_format WHAT...: what `dotnet format` is to look at.
tests_format() {
    dotnet format "$@" --verify-no-changes --verbosity minimal ||
        die "\`dotnet format\` would change the files above. Run it, look at what it did, and commit that."
    say "format: nothing to change"
}

# tests_build CONFIGURATION [PROJECT]. Not `dotnet build`: that says every error twice.
tests_build() {
    say "building ($1)"
    dotnet msbuild "${2:-OrleansShards.sln}" -restore -m -v:quiet -clp:NoSummary "-p:Configuration=$1" ||
        die "the build failed, so no test was run"
}

# tests_run [NAME]: the runner is the test program itself. It needs no adapter, and ends with its own exit code. Without
# a name the simulator comes after the tests.
tests_run() {
    local filter=() colour=() project program code bad= passed=0 failed=0 skipped=0
    [[ ${1-} ]] && filter=(-method "*$1*")
    [[ -t 1 ]] || colour=(-noColor)
    # Dozens of silos share the processors: no thread waits by spinning, and no method is compiled again at its thirtieth call.
    export DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0x10 DOTNET_TC_CallCountingDelayMs=100
    rm -rf "$tests_results" && mkdir -p "$tests_results" || die "cannot write to $tests_results"
    for project in Tests/*.csproj Tests/*/*.csproj; do
        [[ -e $project ]] || continue
        program=$(dotnet msbuild "$project" -getProperty:TargetPath -p:Configuration=Release) || die "$program"
        timeout --kill-after=10 "${TEST_LIMIT_S:-2400}" dotnet "$program" "${filter[@]}" "${colour[@]}" \
            -noLogo -maxThreads 2x -longRunning 300 -result-xml "$tests_results/${project##*/}.xml" </dev/null
        code=$?
        [[ $code == 124 || $code == 137 ]] && say "$project was ended after ${TEST_LIMIT_S:-2400} s (TEST_LIMIT_S)"
        [[ $code == 0 ]] || bad=yes
        tests_count "$tests_results/${project##*/}.xml" "$project ended with $code"
    done
    ((passed + failed == 0)) && { say "no test was run${1:+: no name contains '$1'}"; bad=yes; }
    [[ ${1-} ]] || simulation_run
    tests_conclude
}

# tests_count RESULTS ENDING: adds to the caller's counts what one program reported, and names what failed once more:
# its text is far up by now. A program that died before it reported is one failure.
tests_count() {
    local counts=
    [[ -r $1 ]] && counts=$(awk -f "$root/eng/count-tests.awk" "$1")
    if [[ ! $counts ]]; then
        say "$2 and left no results"
        failed=$((failed + 1))
        return
    fi
    set -- $counts
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# The caller's $passed, $failed, $skipped and $bad, as the last lines and as the exit code.
tests_conclude() {
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [[ ! $bad && $failed == 0 ]]
}

# The simulator: the same seeds each time, and fresh ones.

# simulation_run: adds to the caller's counts, each of the two parts as one. Both end by time, on a slow machine too; a
# kind of fault that never happened in the fixed seeds is a failure: it would be a fault that nothing is tested against.
simulation_run() {
    local program
    program=$(dotnet msbuild Simulation/Simulation.csproj -getProperty:TargetPath -p:Configuration=Release) ||
        die "$program"
    simulation_part 'the fixed seeds' --first 1 --seeds 1500 --minutes 1.2 --demand-all-faults
    simulation_part 'fresh seeds' --minutes 0.5
}

# simulation_part WHAT OPTION...
simulation_part() {
    local what=$1
    shift
    say "simulating $what"
    if timeout --kill-after=10 "${TEST_LIMIT_S:-2400}" dotnet "$program" --profile all "$@" </dev/null; then
        passed=$((passed + 1))
    else
        say "FAILED simulating $what: see above"
        failed=$((failed + 1))
    fi
}

# simulation_alone: as a run of its own.
simulation_alone() {
    local passed=0 failed=0 skipped=0 bad=
    simulation_run
    tests_conclude
}

# The PostgreSQL server that the tests of its store use, for the length of the run.

# tests_faketime: installs libfaketime, for the tests with clocks that are off, where that can be done (Debian, as root).
# They look for it themselves, and are skipped where it is missing.
tests_faketime() {
    compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null && return
    [[ $EUID == 0 ]] && command -v apt-get >/dev/null || return 0
    say "installing libfaketime"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y libfaketime; } >/dev/null 2>&1 </dev/null ||
        say "libfaketime cannot be installed; the tests with clocks that are off are skipped"
}

# tests_chromium [NAME]: installs Chromium, for the tests of the silo's page, in the same way; they look for it themselves, too.
tests_chromium() {
    [[ ! ${ORLEANS_SHARDS_CHROMIUM-} && ! -x /usr/bin/chromium ]] && tests_wanted "${1-}" Tests/Orleans/Silo/Pages || return 0
    [[ $EUID == 0 ]] && command -v apt-get >/dev/null || return 0
    say "installing Chromium"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } \
        >/dev/null 2>&1 </dev/null || say "Chromium cannot be installed; the tests of the silo's page are skipped"
}

# tests_system [NAME]: installs, in the same way, what tests do to networks and disks with; they look for it, too.
tests_system() {
    tests_tools "${1-}" Tests/Partitions 'tests that cut networks' 'iproute2 nftables' ip tc nft
    tests_tools "${1-}" Tests/Orleans/Kills 'tests of disks that fail' 'e2fsprogs mount' mkfs.ext4 e2fsck losetup mount
}

# tests_tools NAME FOLDER WHAT PACKAGES TOOL...: installs packages, unless all tools are there or NAME is of no test in the folder.
tests_tools() {
    local name=$1 folder=$2 what=$3 packages=$4 tool missing=
    shift 4
    for tool; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || missing=yes
    done
    [[ $missing ]] && tests_wanted "$name" "$folder" || return 0
    [[ $EUID == 0 ]] && command -v apt-get >/dev/null || return 0
    say "installing $packages"
    # shellcheck disable=SC2086
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages; } \
        >/dev/null 2>&1 </dev/null || say "$packages cannot be installed; the $what are skipped"
}

# tests_wanted NAME FOLDER: whether a class in the folder, or its namespace, could be what NAME means.
tests_wanted() {
    local name=OrleansShards.${2//\//.} file
    [[ $name == *"$1"* || $1 == *"${2##*/}."* ]] && return
    for file in "$2"/*.cs; do
        grep -q -F -- "${1##*.}" "$file" && return
    done
    return 1
}

# tests_postgres [NAME]: sets ORLEANS_SHARDS_POSTGRES, the connection string of a server that goes with this script,
# unless it is set already or no test that is wanted uses it; where there can be none, says why those tests are skipped.
tests_postgres() {
    [[ ! ${ORLEANS_SHARDS_POSTGRES-} ]] && tests_postgres_wanted "${1-}" || return 0
    tests_postgres_directory=$(mktemp -d) || exit
    trap tests_postgres_end EXIT
    trap 'exit 130' INT TERM
    if ORLEANS_SHARDS_POSTGRES=$(eng/postgres.sh start "$tests_postgres_directory" 2>"$tests_postgres_directory.said"); then
        export ORLEANS_SHARDS_POSTGRES
    else
        unset ORLEANS_SHARDS_POSTGRES
        ORLEANS_SHARDS_POSTGRES_WHY_NOT=$(tail -n 1 "$tests_postgres_directory.said")
        export ORLEANS_SHARDS_POSTGRES_WHY_NOT=${ORLEANS_SHARDS_POSTGRES_WHY_NOT#postgres.sh: }
        say "the tests of the PostgreSQL store are skipped: $ORLEANS_SHARDS_POSTGRES_WHY_NOT"
    fi
}

# tests_postgres_wanted NAME: whether the full name of one of those tests contains NAME.
tests_postgres_wanted() {
    local file class method namespace
    for file in Tests/Storage/Postgres/*Tests.cs Tests/Orleans/*/*PostgresTests.cs; do
        [[ -e $file ]] || continue
        class=${file##*/}
        namespace=$(grep -oE '^namespace [A-Za-z.]+' "$file")
        while read -r method; do
            [[ ${namespace#namespace }.${class%.cs}.$method == *"$1"* ]] && return
        done < <(grep -ohE 'public (async )?(Task|void) [A-Za-z0-9_]+\(' "$file" Tests/Storage/LogStoreConformance*.cs |
            grep -oE '[A-Za-z0-9_]+\($' | tr -d '(')
    done
    return 1
}

tests_postgres_end() {
    eng/postgres.sh stop "$tests_postgres_directory" 2>/dev/null
    rm -rf -- "$tests_postgres_directory" "$tests_postgres_directory.said"
}

# Line coverage of Core.

coverage_minimum=95

# coverage_run [NAME]: Debug, as the optimizer moves lines. Only Core is instrumented: the rest runs at its own speed.
coverage_run() {
    local folder=$root/.build/coverage filter=() report code passed=0 failed=0 skipped=0 bad=
    [[ ${1-} ]] && filter=(--filter "FullyQualifiedName~$1")
    tests_build Debug || exit
    rm -rf "$folder" && mkdir -p "$folder" || die "cannot write to $folder"
    timeout --kill-after=10 "${TEST_LIMIT_S:-2400}" dotnet test Tests/Tests.csproj -c Debug --no-build \
        --settings eng/coverage.runsettings --results-directory "$folder" \
        --collect 'XPlat Code Coverage' --logger "trx;LogFileName=tests.trx" "${filter[@]}" </dev/null
    code=$?
    report=$(find "$folder" -name coverage.cobertura.xml -print -quit)
    [[ $report ]] || die "no coverage was reported (the test run ended with $code)"
    awk -v minimum="$coverage_minimum" -v root="$root/" -f eng/coverage.awk "$report" || bad=yes
    [[ $code == 0 ]] || bad=yes
    coverage_count "$folder/tests.trx"
    ((passed + failed == 0)) && { say 'no test was run'; bad=yes; }
    tests_conclude
}

# What the runner counted, into the caller's counts.
coverage_count() {
    local counters
    counters=$(grep -o '<Counters [^>]*>' "$1") || { say "no results in $1"; failed=1; return; }
    counter() { [[ $counters =~ " $1=\""([0-9]+) ]] && printf '%d' "${BASH_REMATCH[1]}" || printf 0; }
    passed=$(counter passed) failed=$(($(counter failed) + $(counter error) + $(counter timeout) + $(counter aborted)))
    skipped=$(($(counter total) - $(counter executed)))
}
