# Sourced by test.sh, in $root: building, running and counting.

tests_results=$root/.build/test-results

tests_format() {
    dotnet format OrleansShards.sln --verify-no-changes --verbosity minimal ||
        die "\`dotnet format\` would change the files above. Run it, look at what it did, and commit that."
    say "format: nothing to change"
}

# tests_build CONFIGURATION [PROJECT]. Not `dotnet build`: that says every error twice.
tests_build() {
    say "building ($1)"
    dotnet msbuild "${2:-OrleansShards.sln}" -restore -m -v:quiet -clp:NoSummary "-p:Configuration=$1" \
        "-p:WithOrleans=$with_orleans" ||
        die "the build failed, so no test was run"
}

# tests_run [NAME]: the runner is the test program itself. It needs no adapter, and ends with its own exit code. Without
# a name the simulator comes after the tests.
tests_run() {
    local filter=() colour=() project program code bad= passed=0 failed=0 skipped=0
    [[ ${1-} ]] && filter=(-method "*$1*")
    [[ -t 1 ]] || colour=(-noColor)
    rm -rf "$tests_results" && mkdir -p "$tests_results" || die "cannot write to $tests_results"
    for project in Tests/*.csproj Tests/*/*.csproj; do
        [[ -e $project ]] || continue
        program=$(dotnet msbuild "$project" -getProperty:TargetPath -p:Configuration=Release) || die "$program"
        timeout --kill-after=10 "${TEST_LIMIT_S:-3600}" dotnet "$program" "${filter[@]}" "${colour[@]}" \
            -noLogo -xml "$tests_results/${project##*/}.xml" </dev/null
        code=$?
        [[ $code == 124 ]] && say "$project was ended after ${TEST_LIMIT_S:-3600} s (TEST_LIMIT_S)"
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
    [[ $with_orleans == true ]] || printf '%s (%s)\n' "$(orleans_left_out tests)" "$orleans_why"
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [[ ! $bad && $failed == 0 ]]
}
