# Reads a cobertura report and prints, for each folder of Core and in all, how many of its lines ran; ends with 1 below
# the minimum (in percent). A line counts once, however many classes, methods and lambdas report it.
# Variables: minimum, and root, the repository's folder with a slash at its end.
function attribute(name,    text) {
    if (!match($0, "[ \t\r\n]" name "=\"[^\"]*\"")) return ""
    text = substr($0, RSTART, RLENGTH)
    sub(/^[^"]*"/, "", text)
    sub(/"$/, "", text)
    return text
}
function row(name, hit, all) {
    return sprintf("%-32s %6d of %6d lines  %6.2f %%", name, hit, all, all ? 100 * hit / all : 0)
}
BEGIN { RS = "<" }
# Class files are given from the folder that all of them share.
/^source>/ { base = substr($0, length("source>") + 1) }
/^class / {
    file = attribute("filename")
    if (file !~ /^\//) file = base file
    counted = index(file, root "Core/") == 1 && file !~ /\/obj\//
    file = substr(file, length(root) + 1)
}
/^line / && counted {
    at = file ":" attribute("number")
    if (!(at in hits)) { hits[at] = 0; fileOf[at] = file }
    if (attribute("hits") + 0 > 0) hits[at] = 1
}
END {
    for (at in hits) {
        folder = fileOf[at]
        sub(/\/[^\/]*$/, "", folder)
        lines[folder]++
        ran[folder] += hits[at]
        total++
        totalRan += hits[at]
        if (!hits[at]) missed[fileOf[at]]++
    }
    worst = "sort -rn | head -n 15"
    for (file in missed) print sprintf("%6d lines never ran in %s", missed[file], file) | worst
    close(worst)
    for (folder in lines) print row(folder, ran[folder], lines[folder]) | "sort"
    close("sort")
    print row("Core in all", totalRan, total)
    if (!total || 100 * totalRan < minimum * total) {
        printf "line coverage of Core is below %d %%\n", minimum
        exit 1
    }
}
