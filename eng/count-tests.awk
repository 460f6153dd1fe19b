# Reads the test runner's XML and prints "passed failed skipped", summed over its assemblies; names what failed on
# stderr. Errors outside of a test (a broken fixture's disposal) count as failures. Nothing is printed for a file that
# does not end: its writer died.
function attribute(name,    text) {
    if (!match($0, "[ \t\r\n]" name "=\"[^\"]*\"")) return ""
    text = substr($0, RSTART, RLENGTH)
    sub(/^[^"]*"/, "", text)
    sub(/"$/, "", text)
    gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&amp;/, "\\&", text)
    return text
}
BEGIN { RS = "<" }
/^assembly / {
    passed += attribute("passed")
    failed += attribute("failed") + attribute("errors")
    skipped += attribute("skipped") + attribute("not-run")
}
/^test / && attribute("result") == "Fail" { print "FAILED " attribute("name") | "cat >&2" }
/^\/assemblies>/ { whole = 1 }
END { if (whole) print passed + 0, failed + 0, skipped + 0 }
