# Sourced by test.sh, in $root: line coverage of Core.

coverage_minimum=95

# coverage_run [NAME]: Debug, as the optimizer moves lines. Only Core is instrumented: the rest runs at its own speed.
coverage_run() {
    local folder=$root/.build/coverage filter=() report code passed=0 failed=0 skipped=0 bad=
    [[ ${1-} ]] && filter=(--filter "FullyQualifiedName~$1")
    tests_build Debug || exit
    rm -rf "$folder" && mkdir -p "$folder" || die "cannot write to $folder"
    timeout --kill-after=10 "${TEST_LIMIT_S:-3600}" dotnet test Tests/Tests.csproj -c Debug --no-build \
        "-p:WithOrleans=$with_orleans" --settings eng/coverage.runsettings --results-directory "$folder" \
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
