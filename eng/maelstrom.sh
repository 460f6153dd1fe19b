#!/usr/bin/env bash
# Has Maelstrom test the gateway: lin-kv with one, three and five nodes, without faults and with partitions, kills, pauses and all of them.
# Several nodes are one cluster whose silos talk through Maelstrom (docs/maelstrom.md). Prints a line a run.
#
#   eng/maelstrom.sh PATH-TO-MAELSTROM [NODES[,...] [FAULTS[,...]]]
#
# PATH is Maelstrom's executable; NODES are of 1, 3 and 5, FAULTS of none, partition, kill, pause and all. MAELSTROM_SECONDS (60) is how
# long each run lasts, MAELSTROM_RATE (500) the requests a second. What each run leaves is in a directory that is named at the end.
# Exit code 0: every run was valid; 1: one was not; 2: none was invalid, but Maelstrom knows one of the faults not, could not run, or no
# request was served.
set -u
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd) || exit
script=maelstrom.sh

. "$root/eng/build.sh"

[[ ${1-} && -f $1 && -x $1 ]] || {
    say "there is no Maelstrom at '${1-}'; expected the path of its executable."
    say "It is at https://github.com/jepsen-io/maelstrom/releases, and needs Java 11 or later, gnuplot and graphviz."
    say "Without it, ./test.sh MaelstromNetwork runs the same cluster through a network of the tests' own."
    exit 2
}
maelstrom=$(readlink -f -- "$1") || exit
seconds=${MAELSTROM_SECONDS:-60}
rate=${MAELSTROM_RATE:-500}
work=$(mktemp -d) || exit
build_ensure MaelstromGateway maelstrom-gateway || exit

# lines_of FILE PATTERN: how many lines of it match, or 0.
lines_of() {
    local found
    found=$(grep -cE -- "$2" "$1" 2>/dev/null)
    printf '%d' "${found:-0}"
}

# stat_of FILE KEY: the first number of that key after :stats.
stat_of() {
    awk -v key="$2" '/:stats/ { on = 1 }
        on && match($0, key " [0-9]+") { print substr($0, RSTART + length(key) + 1, RLENGTH - length(key) - 1); exit }' "$1" 2>/dev/null
}

# unserved RESULTS: whether what makes the run invalid is no more than that the faults let no request be served.
unserved() {
    [[ $(stat_of "$1" :ok-count) == 0 ]] && ! grep -q ':linearizable {:valid? false' "$1"
}

# run NODES FAULTS: sets $result, and leaves everything in $work/NODES-FAULTS.
run() {
    local nodes=$1 faults=$2 place=$work/$1-$2 network=() nemesis=()
    ((nodes == 1)) || network=(-- --cluster "matrix-$nodes-$faults" --network maelstrom)
    [[ $faults == none ]] || nemesis=(--nemesis "${faults/#all/partition,kill,pause}" --nemesis-interval 10)
    mkdir -p -- "$place" || exit
    (cd -- "$place" && exec "$maelstrom" test -w lin-kv --bin "$root/run.sh" --node-count "$nodes" --time-limit "$seconds" \
        --concurrency 4n --rate "$rate" "${nemesis[@]}" "${network[@]}") >"$place/output" 2>&1 </dev/null
    case $? in
        0) result=valid ;;
        1) unserved "$place/store/latest/results.edn" && result='nothing was served' || result=INVALID ;;
        254) result='fault unknown to this Maelstrom' ;;
        *) result='did not run' ;;
    esac
}

# report NODES FAULTS: the line of the run that was made.
report() {
    local store=$work/$1-$2/store/latest count ok disturbed between
    count=$(stat_of "$store/results.edn" :count) ok=$(stat_of "$store/results.edn" :ok-count)
    # Each of the nemesis' operations stands there twice, before and after.
    disturbed=$(($(lines_of "$store/history.txt" '^:nemesis.*:(start-partition|start|kill|pause)\b') / 2))
    between=$(awk '/:servers/ { on = 1 } on && match($0, /:msg-count [0-9]+/) { print substr($0, RSTART + 11, RLENGTH - 11); exit }' \
        "$store/results.edn" 2>/dev/null)
    printf '%5s  %-9s  %10s  %5s  %6s  %16s  %s\n' "$1" "$2" "${count:--}" \
        "$([[ ${count:-0} == 0 ]] || printf '%d %%' $((100 * ok / count)))" "$disturbed" "${between:--}" "$result"
}

code=0
printf '%5s  %-9s  %10s  %5s  %6s  %16s  %s\n' nodes faults operations ok faults 'between nodes' result
IFS=, read -ra counts <<<"${2:-1,3,5}"
IFS=, read -ra kinds <<<"${3:-none,partition,kill,pause,all}"
for nodes in "${counts[@]}"; do
    for faults in "${kinds[@]}"; do
        run "$nodes" "$faults"
        report "$nodes" "$faults"
        case $result in
            valid) ;;
            INVALID) code=1 ;;
            *) ((code == 1)) || code=2 ;;
        esac
    done
done
say "all that the runs have left is in $work"
exit "$code"
