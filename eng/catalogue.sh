# Sourced by rules.sh and planted.sh: reads catalogues of changes to the code (their format is described at the head of
# Tests/Rules/rules.txt, and what planted defects have besides at the head of Tests/Planted/log.txt), and makes the
# changes in a copy of the checkout.

rules_total=0
rules_sources=() rules_starts=()

# rules_read FILE: notes where each rule begins.
rules_read() {
    local line number=0
    while IFS= read -r line || [[ $line ]]; do
        number=$((number + 1))
        if [[ $line == 'rule: '* ]]; then
            rules_sources+=("$1")
            rules_starts+=("$number")
            rules_total=$((rules_total + 1))
        fi
    done <"$1"
}

# rules_get NUMBER: sets $rule_name, $rule_kind, $rule_file, $rule_switch, $rule_profile and $rule_world (of a planted defect), and the
# arrays rule_tests, rule_from, rule_to, rule_files (the last three: an element a change).
rules_get() {
    local line part= source=${rules_sources[$1]} start=${rules_starts[$1]}
    rule_name= rule_kind= rule_file= rule_switch= rule_profile= rule_world= rule_tests=() rule_from=() rule_to=() rule_files=()
    while IFS= read -r line || [[ $line ]]; do
        case $part:$line in
            :'rule: '*) [[ $rule_name ]] && break; rule_name=${line#rule: } ;;
            :'kind: '*) rule_kind=${line#kind: } ;;
            :'file: '*) rule_file=${line#file: } ;;
            :'planted: '*) rule_switch=${line#planted: } ;;
            :'shows: '*) ;;
            :'profile: '*) rule_profile=${line#profile: } ;;
            :'world: '*) rule_world=${line#world: } ;;
            :'tests: '*) read -r -a rule_tests <<<"${line#tests: }" ;;
            :'<<<<') part=from; rule_from+=('') rule_to+=('') rule_files+=("$rule_file") ;;
            from:'====') part=to ;;
            to:'>>>>') part= ;;
            from:*) rule_from[-1]+=${rule_from[-1]:+$'\n'}$line ;;
            to:*) rule_to[-1]+=${rule_to[-1]:+$'\n'}$line ;;
            :'' | :'#'*) ;;
            *) die "$source: '$line' is neither a field nor a comment" ;;
        esac
    done < <(tail -n "+$start" -- "$source")
    [[ $rule_kind && $rule_file && (${#rule_tests[@]} -gt 0 || $rule_switch) && ${#rule_from[@]} -gt 0 && ! $part ]] ||
        die "$source, line $start: '$rule_name' lacks a kind, a file, tests (or a switch), or a change that ends"
}

# rules_wanted NAME: whether the rule at hand is one of them.
rules_wanted() {
    [[ ! $1 || $rule_name == *"$1"* || $rule_kind == *"$1"* || $rule_file == *"$1"* ]]
}

# rules_count TEXT PART: how many times.
rules_count() {
    local rest=$1 count=0
    while [[ $rest == *"$2"* ]]; do
        count=$((count + 1))
        rest=${rest#*"$2"}
    done
    printf '%d' "$count"
}

# A change may leave something unused, or a branch that is never reached: that is not what is looked for there.
copy_build_options=(-c Release -v quiet -nologo -clp:NoSummary -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false
    -p:EnforceCodeStyleInBuild=false -p:GenerateDocumentationFile=false)

# copy_begin: sets $copy, an empty directory that goes when the script ends.
copy_begin() {
    copy=$(mktemp -d) || exit
    trap 'rm -rf -- "$copy"' EXIT
    trap 'exit 130' INT TERM
}

# copy_checkout: into $copy what is in the checkout, as it is now, committed or not.
copy_checkout() {
    git ls-files -z --cached --others --exclude-standard |
        while IFS= read -r -d '' file; do [[ -e $file ]] && printf '%s\0' "$file"; done |
        tar --null --files-from=- --create --file=- | tar --extract --file=- -C "$copy" || die "cannot copy the checkout"
}

# copy_change: makes the changes of the entry at hand in $copy; false, and $stale says why, where one does not fit.
copy_change() {
    local text i count path
    for i in "${!rule_from[@]}"; do
        path=$copy/${rule_files[i]}
        [[ -r $path ]] || { stale="there is no ${rule_files[i]}"; return 1; }
        text=$(cat -- "$path"; printf x)
        text=${text%x}
        count=$(rules_count "$text" "${rule_from[i]}")
        [[ $count == 1 ]] ||
            { stale="its text stands $count times in ${rule_files[i]}: ${rule_from[i]%%$'\n'*}"; return 1; }
        text=${text/"${rule_from[i]}"/"${rule_to[i]}"}
        printf '%s' "$text" >"$path"
    done
}
