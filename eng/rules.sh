#!/usr/bin/env bash
# Takes the rules of Tests/Rules/*.txt out of the code one by one, and sees whether a test notices: a rule that no test
# misses may be lost any day. The format is described at the head of Tests/Rules/rules.txt.
#
#   eng/rules.sh          every rule
#   eng/rules.sh NAME     the rules whose name, kind or file contains NAME
#
# Works in temporary copies of the checkout, as it is now, committed or not: one for each of RULES_AT_ONCE (the processors).
# Builds the tests once, and for each rule compiles only the project that the rule is in. The last line is
# `N passed, N failed, N skipped`: a rule passes that is killed.
set -u
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd) || exit
script=rules.sh

. "$root/eng/build.sh"
. "$root/eng/catalogue.sh"

cd -- "$root" || exit
require_dotnet
wanted=${1-}
copy_begin
copies=$copy
copy=$copies/0
chosen=()
trap 'rm -rf -- "$copies"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM

# run_tests FILTER...: 0 where all passed, 1 where one failed (or the run hung, or died), 2 where none was found.
run_tests() {
    local options=() filter log=$copy/.rules/log code
    for filter; do options+=(-method "*$filter*"); done
    timeout --kill-after=5 "${RULE_LIMIT_S:-120}" dotnet "$tests" "${options[@]}" -stopOnFail -noLogo -noColor \
        >"$log" 2>&1 </dev/null
    code=$?
    # Where several tests fail at once, the runner stops before it has counted one: a failure is asked for first.
    grep -q '\[FAIL\]' "$log" && return 1
    grep -q 'Total: 0' "$log" && return 2
    [[ $code == 0 ]]
}

# learn_compiler PROJECT: how the build compiles it, kept for all its rules. To compile one project again through the
# build takes several times as long as the compiler does.
learn_compiler() {
    local said=$copy/.rules/$1.json option
    [[ -e $copy/.rules/$1.rsp ]] && return
    dotnet msbuild "$copy/$1" -nologo -t:Compile -p:BuildProjectReferences=false -p:Configuration=Release \
        -p:SkipCompilerExecution=true -p:ProvideCommandLineArgs=true -p:NonExistentFile=none \
        -getItem:CscCommandLineArgs -getProperty:RoslynTargetsPath >"$said" </dev/null || die "no compiler line for $1"
    compiler=$(sed -n 's/^ *"RoslynTargetsPath": "\(.*\)".*/\1/p' "$said")/bincore/csc.dll
    # JSON's escapes are among those that %b knows.
    sed -n 's/^ *"Identity": "\(.*\)",$/\1/p' "$said" | while IFS= read -r option; do printf '%b\n' "$option"; done |
        grep -Ev '^/(noconfig|warnaserror|doc:|refout:|sourcelink:|out:)' |
        sed '/ /{/"/!s/.*/"&"/}' >"$copy/.rules/$1.rsp"
    cp -- "${tests%/*}/OrleansShards.$1.dll" "$copy/.rules/"
}

# change_rule: makes the changes of the rule at hand to its file; false and $verdict where they do not fit.
change_rule() {
    local stale
    [[ -r $copy/$rule_file ]] || { verdict="STALE: there is no $rule_file"; return 1; }
    cp -- "$copy/$rule_file" "$copy/.rules/original" || die "cannot keep $rule_file"
    copy_change || { verdict="STALE: $stale"; return 1; }
}

# judge_rule: compiles what change_rule has left, and runs the tests on it. Sets $verdict.
judge_rule() {
    local project=${rule_file%%/*} output
    learn_compiler "$project"
    # A compiler that stays between two rules takes half as long as one that has to warm up; it ends half a minute after the last.
    output=$(cd -- "$copy/$project" && dotnet "$compiler" "-shared:rules-$$" -keepalive:30 -noconfig -skipanalyzers+ \
        "-out:${tests%/*}/OrleansShards.$project.dll" "@$copy/.rules/$project.rsp" 2>&1 </dev/null) ||
        { verdict="STALE: does not compile: $(grep -m 1 -o 'error .*' <<<"$output")"; return; }
    run_tests "${rule_tests[@]}"
    case $? in
        0) verdict=SURVIVED ;;
        1) verdict=killed ;;
        *) verdict="STALE: no test's name contains any of: ${rule_tests[*]}" ;;
    esac
}

# try_rule: the rule that rules_get has read, from the change to its undoing. Sets $verdict.
try_rule() {
    local project=${rule_file%%/*} started=$SECONDS
    verdict=
    rm -f -- "$copy/.rules/original"
    change_rule && judge_rule
    [[ -e $copy/.rules/original ]] && cp -- "$copy/.rules/original" "$copy/$rule_file"
    [[ -e $copy/.rules/OrleansShards.$project.dll ]] && cp -- "$copy/.rules/OrleansShards.$project.dll" "${tests%/*}/"
    printf '%-9s %3d s  %s: %s\n' "${verdict%%:*}" $((SECONDS - started)) "$rule_kind" "$rule_name"
    [[ $verdict == *:* ]] && printf '              %s\n' "${verdict#*: }"
    [[ $verdict == killed ]]
}

# begin: the rules are read, and the tests they name pass without a change.
begin() {
    local number source filters=()
    for source in Tests/Rules/*.txt; do rules_read "$source"; done
    for ((number = 0; number < rules_total; number++)); do
        rules_get "$number"
        rules_wanted "$wanted" && chosen+=("$number") filters+=("${rule_tests[@]}")
    done
    ((${#filters[@]})) || die "no rule's name, kind or file contains '$wanted'"
    mapfile -t filters < <(printf '%s\n' "${filters[@]}" | sort -u)
    say "copying the checkout, building the tests"
    mkdir -- "$copy" || exit
    copy_checkout
    mkdir -- "$copy/.rules" || exit
    dotnet build "$copy/Tests" "${copy_build_options[@]}" </dev/null >&2 ||
        die "the build failed without any change"
    tests=$(find "$copy/Tests/bin/Release" -name OrleansShards.Tests.dll -not -path '*/ref/*' -print -quit)
    run_tests "${filters[@]}" || { cat "$copy/.rules/log"; die "the tests fail without any change (or there are none)"; }
    say "the tests pass without a change, after $SECONDS s"
}

# try_rules WORKER WORKERS: every WORKERSth rule from WORKER on, in the copy $copies/WORKER. Leaves in $copies/WORKER.count how many
# passed and how many failed.
try_rules() {
    local number passed=0 failed=0
    tests=$copies/$1${tests#"$copy"}
    copy=$copies/$1
    for ((number = 0; number < ${#chosen[@]}; number++)); do
        ((number % $2 == $1)) || continue
        rules_get "${chosen[number]}"
        try_rule && passed=$((passed + 1)) || failed=$((failed + 1))
    done
    printf '%d %d\n' "$passed" "$failed" >"$copies/$1.count"
}

main() {
    local worker workers=${RULES_AT_ONCE:-$(nproc)} pids=() passed=0 failed=0 some bad
    begin
    for ((worker = 1; worker < workers; worker++)); do
        cp -a -- "$copy" "$copies/$worker" || die "cannot copy the build"
    done
    for ((worker = 0; worker < workers; worker++)); do
        try_rules "$worker" "$workers" &
        pids+=($!)
    done
    for ((worker = 0; worker < workers; worker++)); do
        wait "${pids[worker]}" && read -r some bad <"$copies/$worker.count" || { some=0 bad=1; }
        passed=$((passed + some)) failed=$((failed + bad))
    done
    say "$SECONDS s in all"
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" $((rules_total - ${#chosen[@]}))
    ((failed == 0))
}

main
exit
