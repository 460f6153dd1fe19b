# Sourced by rules.sh and planted.sh, after rules-file.sh: a copy of the checkout, and changes to its files.

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
