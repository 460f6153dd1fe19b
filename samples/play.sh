#!/usr/bin/env bash
# play.sh COMMAND [ARGUMENT...]: plays each samples/*.jsonl against a fresh process of COMMAND and shows both
# sides. Exit code 1 where a request got no answer or the process ended badly.
set -u
root=$(cd -- "${BASH_SOURCE[0]%/*}/.." && pwd) || exit
answer_limit_s=5
bold= dim= green= plain=
[[ -t 1 ]] && bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' plain=$'\e[0m'

heading() {
    local name=${1##*/} line text=
    while IFS= read -r line; do
        [[ $line == "- \`$name\`: "* ]] && text=": ${line#*: }"
    done <"$root/samples/README.md"
    printf '\n%s%s%s%s\n' "$bold" "${name%.jsonl}" "$text" "$plain"
}

complain() { printf '   !! %s\n' "$*"; bad=yes; }
# A gateway that is gone costs one message, not this script.
send() {
    local sent
    trap '' PIPE
    printf '%s\n' "$1" >&"$out"
    sent=$?
    trap - PIPE
    return "$sent"
}

show_answer() { printf '%s<- %s%s\n' "$green" "$1" "$plain"; }

play() {
    local file=$1 line answer process to from
    shift
    coproc GATEWAY { exec "$@"; }
    process=$GATEWAY_PID to=${GATEWAY[1]} from=${GATEWAY[0]}
    exec {in}<&"$from" {out}>&"$to" {from}<&- {to}>&-
    while IFS= read -r line; do
        printf '%s-> %s%s\n' "$dim" "$line" "$plain"
        send "$line" 2>/dev/null || { complain 'the gateway is gone'; break; }
        # One line after the other, although the gateway would take them all at once: so it can be read.
        [[ $line == *'"msg_id"'* ]] || continue
        if IFS= read -r -t "$answer_limit_s" -u "$in" answer; then
            show_answer "$answer"
        else
            (($? > 128)) && complain "no answer within $answer_limit_s s" || complain 'the gateway is gone'
            break
        fi
    done <"$file"
    exec {out}>&-
    while IFS= read -r -t "$answer_limit_s" -u "$in" answer; do show_answer "$answer"; done
    exec {in}<&-
    wait "$process" || complain "the gateway ended with $?"
}

bad=
for sample in "$root"/samples/*.jsonl; do
    heading "$sample"
    play "$sample" "$@"
done
[[ ! $bad ]]
