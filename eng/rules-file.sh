# Sourced by rules.sh and planted.sh: reads files of rules. Their format is described at the head of
# Tests/Rules/rules.txt, and what planted defects have besides at the head of Tests/Planted/log.txt.

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

# rules_get NUMBER: sets $rule_name, $rule_kind, $rule_file, $rule_switch (of a planted defect), and the arrays
# rule_tests, rule_from, rule_to, rule_files (the last three: an element a change).
rules_get() {
    local line part= source=${rules_sources[$1]} start=${rules_starts[$1]}
    rule_name= rule_kind= rule_file= rule_switch= rule_tests=() rule_from=() rule_to=() rule_files=()
    while IFS= read -r line || [[ $line ]]; do
        case $part:$line in
            :'rule: '*) [[ $rule_name ]] && break; rule_name=${line#rule: } ;;
            :'kind: '*) rule_kind=${line#kind: } ;;
            :'file: '*) rule_file=${line#file: } ;;
            :'planted: '*) rule_switch=${line#planted: } ;;
            :'shows: '*) ;;
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
