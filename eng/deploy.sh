#!/usr/bin/env bash
# Checks what is in deploy/ as far as a machine without a container engine can, and says how far: a line for each check, `ok`, `FAILED`,
# or `not checked` with the reason. The tests in Tests/Deploy check the rest: every option by the silo's own reader, limits against limits.
#
#   eng/deploy.sh
#
# - The Dockerfile's build stage is carried out in a temporary directory, instruction by instruction, with nothing but what
#   Dockerfile.dockerignore lets through. What the last stage copies is started as its user, without capabilities, asked for its health,
#   and told to stop.
# - systemd looks at the units, where it is installed; it need not be the init process.
# - The manifests are read by docker compose and kubectl where these are installed and can do it without an engine and a cluster.
set -u
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd) || exit
script=deploy.sh

. "$root/eng/build.sh"

cd -- "$root" || exit
require_dotnet
copy=$(mktemp -d) || exit
silo=
clean() {
    [[ ! $silo ]] || kill -KILL "$silo" 2>/dev/null
    rm -rf -- "$copy"
}
trap clean EXIT
trap 'exit 130' INT TERM
chmod 755 "$copy"
failed=0

ok() { printf 'ok           %s\n' "$*"; }
bad() { printf 'FAILED       %s\n' "$*"; failed=$((failed + 1)); }
not_checked() { printf 'not checked  %s\n' "$*"; }

# context: into $copy/context what Dockerfile.dockerignore lets through. Its form here: everything is left out, names at the root are
# taken back, folders at any depth are left out again.
context() {
    local line pattern names=() out=()
    mkdir "$copy/context" || return
    while IFS= read -r line; do
        case $line in
            '' | '#'* | '*') ;;
            '!'*) for pattern in ${line#!}; do names+=("$pattern"); done ;;
            '**/'*) out+=(--exclude="${line#\*\*/}") ;;
            *) say "Dockerfile.dockerignore: '$line' is not understood here"; return 1 ;;
        esac
    done <deploy/Dockerfile.dockerignore
    tar --create --file=- "${out[@]}" -- "${names[@]}" | tar --extract --file=- -C "$copy/context"
}

# stages: each instruction of the Dockerfile on a line of its own.
stages() { sed -e '/^#/d' -e '/^$/d' deploy/Dockerfile; }

# build_stage: COPY and RUN of the first stage, whose root is $copy/build.
build_stage() {
    local word rest at=$copy/build/src words
    mkdir -p "$at" || return
    while read -r word rest; do
        case $word in
            FROM) [[ $rest == *' AS build' ]] || return 0 ;;
            ARG) ;;
            WORKDIR) at=$copy/build$rest; mkdir -p "$at" || return ;;
            COPY)
                read -r -a words <<<"$rest"
                mkdir -p "$at/${words[-1]}" &&
                    (cd "$copy/context" && cp -r -- "${words[@]:0:${#words[@]}-1}" "$at/${words[-1]}") || return
                ;;
            RUN)
                # The paths at the root that it writes to are those of the stage.
                rest=${rest//' /app'/" $copy/build/app"} rest=${rest//' /data'/" $copy/build/data"}
                (cd "$at" && TARGETARCH=$architecture bash -c "$rest") </dev/null >>"$copy/log" 2>&1 || return
                ;;
            *) say "the build stage has '$word', which is not understood here"; return 1 ;;
        esac
    done < <(stages)
}

# last_stage: sets $user, $program and the environment of the last stage.
last_stage() {
    user=$(stages | sed -n 's/^USER //p')
    program=$(stages | sed -n 's/^ENTRYPOINT \["dotnet", "\(.*\)"\]$/\1/p')
    mapfile -t environment < <(stages | sed -n "s|^ENV \(.*=\)/data\$|\1$copy/build/data|p")
}

# answers PATH STATUS: waits for it, for a minute at most.
answers() {
    local try code
    for ((try = 0; try < 300; try++)); do
        code=$(curl -s -o /dev/null -w '%{http_code}' --max-time 3 "http://127.0.0.1:$port$1")
        [[ $code == "$2" ]] && return
        kill -0 "$silo" 2>/dev/null || return
        sleep 0.2
    done
    return 1
}

run_image() {
    local code as=()
    port=$((20000 + RANDOM % 10000))
    [[ $EUID != 0 ]] || {
        chown -R "$user:$user" "$copy/build/data"
        as=(setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all --)
    }
    (
        cd "$copy/build/app" || exit
        exec env -i PATH="$PATH" "${environment[@]}" "${as[@]}" dotnet "$program" \
            --http-port "$port" --silo-port "$((port + 10000))" --gateway-port "$((port + 20000))"
    ) </dev/null >"$copy/silo.log" 2>&1 &
    silo=$!
    answers /health/ready 200 || { bad "the image's silo does not get ready: $(tail -n 3 "$copy/silo.log")"; return; }
    ok "the image's silo is ready, as user $([[ $EUID == 0 ]] && printf '%s' "$user" || id -u), without capabilities"
    [[ $(find "$copy/build/data/orleansshards" -name logs.db) ]] && ok 'its logs are in the volume' ||
        bad 'its logs are not in the volume'
    kill -TERM "$silo"
    wait "$silo"
    code=$?
    silo=
    [[ $code == 0 ]] && ok 'it stops at SIGTERM with 0' || bad "it ended with $code: $(tail -n 3 "$copy/silo.log")"
}

check_image() {
    architecture=$(uname -m)
    case $architecture in x86_64) architecture=amd64 ;; aarch64) architecture=arm64 ;; esac
    command -v curl >/dev/null || { not_checked 'the Dockerfile: curl is not installed'; return; }
    context || { bad 'Dockerfile.dockerignore'; return; }
    build_stage || { bad "the Dockerfile's build stage: $(tail -n 5 "$copy/log")"; return; }
    ok "the Dockerfile's build stage, for $architecture, with $(find "$copy/context" -type f | wc -l) files of context"
    last_stage
    [[ -r $copy/build/app/$program ]] && run_image || bad "the image has no $program"
    not_checked 'the base images: whether they are there, and that the last one has no shell'
}

# systemd wants the programs of a unit to be there, so its copies name one that is.
check_units() {
    local unit level
    command -v systemd-analyze >/dev/null || { not_checked 'the units: systemd-analyze is not installed'; return; }
    mkdir "$copy/units"
    for unit in deploy/systemd/*.service; do
        sed "s|/usr/bin/dotnet|$(command -v true)|" "$unit" >"$copy/units/${unit##*/}"
    done
    for unit in "$copy"/units/*.service; do
        level=$(systemd-analyze verify "${unit/@./@n1.}" 2>&1) && [[ ! $level ]] && ok "${unit##*/} is a unit that systemd understands" ||
            bad "${unit##*/}: $level"
        level=$(systemd-analyze security --offline=true "$unit" 2>/dev/null | sed -n 's/.*exposure level for .*: \([0-9.]*\).*/\1/p')
        [[ ! $level ]] && { not_checked "${unit##*/}: this systemd does not rate files"; continue; }
        # 0 is a service that can do nothing, 10 one that can do everything; below 2 systemd has no more to say than that it is OK.
        [[ ${level%.*} -lt 2 ]] && ok "${unit##*/}: exposure $level of 10" || bad "${unit##*/}: exposure $level of 10; expected below 2"
    done
    not_checked 'the services as services: systemd is not started for it (tests: what they tell it)'
}

check_manifests() {
    local said
    if docker compose version >/dev/null 2>&1; then
        said=$(KV_DB_PASSWORD=x KV_API_KEYS=/dev/null docker compose -f deploy/compose.yaml config -q 2>&1) &&
            ok 'compose.yaml is one for docker compose' ||
            bad "compose.yaml: $said"
    else
        not_checked 'compose.yaml by docker compose, which is not installed (tests: keys, options, limits)'
    fi
    if command -v kubectl >/dev/null && kubectl version >/dev/null 2>&1; then
        said=$(kubectl apply --dry-run=server -f deploy/kubernetes.yaml 2>&1) && ok 'kubernetes.yaml is one that the cluster would take' ||
            bad "kubernetes.yaml: $said"
    else
        not_checked 'kubernetes.yaml by a cluster: kubectl reaches none (tests: by types of the API, options, limits)'
    fi
}

check_image
check_units
check_manifests
[[ $failed == 0 ]]
