#!/usr/bin/env bash
# Makes the recording in docs/cli.md: starts a silo on free ports with a data directory of its own, runs commands against it, and writes
# each with what it says between the page's marks. Then it says how long `shards status` takes, from the process's start to its end.
#
#   eng/recording.sh
set -u
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd) || exit
script=recording.sh

. "$root/eng/build.sh"

page=$root/docs/cli.md
work=$(mktemp -d) || exit
silo=
clean() {
    [[ ! $silo ]] || { kill -TERM "$silo"; wait "$silo"; } 2>/dev/null
    rm -rf -- "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

# free_port: a port that nobody listens on. The system gives others to outgoing connections.
free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    printf '%d' "$port"
}

build_ensure Silo OrleansShards.Silo || exit
silo_dll=$build_dll
build_ensure Cli OrleansShards.Cli || exit
shards_dll=$build_dll

http=$(free_port) || exit
export SHARDS_URL=http://127.0.0.1:$http
# Copies slowly enough for a move to be seen.
dotnet "$silo_dll" --name alpha --data "$work/data" --http-port "$http" --silo-port "$(free_port)" --gateway-port "$(free_port)" \
    --groups n1,n2,n3,n4 --move-bytes-per-second 524288 >"$work/log" 2>&1 &
silo=$!
ready() { (exec 3<>"/dev/tcp/127.0.0.1/$http") 2>/dev/null && dotnet "$shards_dll" put ready 1 >"$work/ready" 2>&1; }
for ((tries = 0; tries < 120; tries++)); do
    ready && break
    kill -0 "$silo" 2>/dev/null || die "the silo has ended: $(tail -n 3 "$work/log")"
    sleep 1
done
ready || die "the silo did not serve within two minutes: $(tail -n 3 "$work/log")"

# show ARGUMENTS: runs one command as it is written, with the exit code where it is not 0.
show() {
    local code
    printf '$ shards %s\n' "$*"
    (cd -- "$work" && eval "dotnet '$shards_dll' $*") 2>&1
    code=$?
    ((code == 0)) || printf '(exit code %d)\n' "$code"
    printf '\n'
}

record() {
    printf '```\n'
    show status
    show put color blue
    show get color
    show cas color red green
    show shards --limit 4
    show migrate 3 n1 --yes --wait >"$work/skipped"
    { printf '"'; head -c 700000 /dev/zero | tr '\0' x; printf '"'; } >"$work/large"
    show put large - --shard 3 '<large'
    show migrate 3 n2 --plan
    show migrate 3 n2 --yes --wait
    show undo 3 --yes --wait
    show groups
    show join n4 --plan
    show join n4 --yes --wait
    show map
    show switchover --yes
    show history --limit 4
    show store | sed "s|$work|/var/lib|"
    show bench --seconds 2
    show history --limit 1 --json
    show cancel 3 --yes
    printf '```\n'
}

record >"$work/recording"
awk -v recording="$work/recording" '
    /^<!-- recording -->$/ { print; print ""; while ((getline line < recording) > 0) print line; print ""; skips = 1; next }
    /^<!-- end -->$/ { skips = 0 }
    !skips
' "$page" >"$work/page" || exit
grep -q '^<!-- end -->$' "$work/page" || die "$page has no <!-- recording --> and <!-- end -->"
cat "$work/page" >"$page"

for ((i = 0; i < 21; i++)); do
    began=${EPOCHREALTIME/./}
    dotnet "$shards_dll" status >"$work/status"
    printf '%d\n' $(((${EPOCHREALTIME/./} - began) / 1000))
done | sort -n | awk '
    { ms[NR] = $1 }
    END { printf "recording.sh: shards status: median %d ms of %d, %d at most\n", ms[(NR + 1) / 2], NR, ms[NR] }'
