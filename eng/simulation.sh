# Sourced by test.sh, in $root, after tests.sh: the simulator, over the same seeds each time and over fresh ones.

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
    if timeout --kill-after=10 "${TEST_LIMIT_S:-3600}" dotnet "$program" --profile all "$@" </dev/null; then
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
