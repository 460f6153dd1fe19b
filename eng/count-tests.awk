# Reads the test runner's XML and prints "passed failed skipped", summed over its assemblies; says on stderr what failed
# and the beginning of why, as a record of a run may have kept only its end. Errors outside of a test (a broken fixture's
# disposal) count as failures. Nothing is printed for a file that does not end: its writer died.
function attribute(name,    text) {
    if (!match($0, "[ \t\r\n]" name "=\"[^\"]*\"")) return ""
    text = substr($0, RSTART, RLENGTH)
    sub(/^[^"]*"/, "", text)
    sub(/"$/, "", text)
    return plain(text)
}
function plain(text) {
    gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&amp;/, "\\&", text)
    return text
}
function say(text) { print text | "cat >&2" }
BEGIN { RS = "<" }
/^assembly / {
    passed += attribute("passed")
    failed += attribute("failed") + attribute("errors")
    skipped += attribute("skipped") + attribute("not-run")
}
/^test / { bad = attribute("result") == "Fail"; if (bad) say("FAILED " attribute("name")) }
/^message>/ && bad {
    lines = split(plain(substr($0, length("message>") + 1)), line, "\n")
    for (i = 1; i <= lines && i <= 4; i++) say("    " substr(line[i], 1, 300))
}
/^\/assemblies>/ { whole = 1 }
END { if (whole) print passed + 0, failed + 0, skipped + 0 }
