#!/usr/bin/env bash
# Shows that the simulator can fail: weaves the defects of Tests/Planted/*.txt into a copy of the checkout, as it is now,
# committed or not, each behind a switch, and has the simulator look for each of them, seed after seed. The format is
# described at the head of Tests/Planted/log.txt.
#
#   eng/planted.sh                     every defect
#   eng/planted.sh NAME [OPTION...]    the one of this name; what follows is the simulator's
#   eng/planted.sh --explore           those that have a world: by every order of that world's events, as ./run.sh explore does
set -u
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd) || exit
script=planted.sh

. "$root/eng/build.sh"
. "$root/eng/catalogue.sh"

cd -- "$root" || exit
require_dotnet
copy_begin

# weave: every defect's changes, one after the other; a defect whose text is not there exactly once is an error.
weave() {
    local number stale bad=
    for ((number = 0; number < rules_total; number++)); do
        rules_get "$number"
        copy_change || { say "STALE: $rule_switch: $stale"; bad=yes; }
        # A double quote is written twice in this kind of literal.
        printf '        ("%s", @"%s", "%s", "%s"),\n' "$rule_switch" "${rule_name//\"/\"\"}" "$rule_profile" "$rule_world" \
            >>"$copy/defects"
    done
    [[ ! $bad ]]
}

# write_switch: the class that the woven text asks. $copy/defects has its table.
write_switch() {
    cat <<'SWITCH'
namespace OrleansShards.Core;

/// <summary>The planted defects, and which of them is switched on. Not for several threads with several defects.</summary>
public static class Planted
{
    /// <summary>
    /// Every defect: its name, the rule that it breaks, the profile in which it shows, "" for any and "none" for none, and the small
    /// world in which every order is run, "" for none.
    /// </summary>
    public static IReadOnlyList<(string Name, string Rule, string Profile, string World)> All { get; } =
    [
SWITCH
    cat -- "$copy/defects"
    cat <<'SWITCH'
    ];

    /// <summary>The one that is switched on; null for none.</summary>
    public static string? Active
    {
        get;
        set => field = value is null || All.Any(defect => defect.Name == value)
            ? value
            : throw new ArgumentException($"no defect is named {value}", nameof(value));
    }

    /// <summary>How often the defect has made a difference, or might have: 0 where it was never reached.</summary>
    public static long Reached { get; set; }

    /// <summary>Whether a defect is switched on. Asked last, where it makes a difference.</summary>
    public static bool Is(string name)
    {
        bool isActive = Active == name;
        Reached += isActive ? 1 : 0;
        return isActive;
    }
}
SWITCH
}

main() {
    local source
    for source in Tests/Planted/*.txt; do rules_read "$source"; done
    say "weaving $rules_total defects into a copy of the checkout"
    copy_checkout
    weave || die "the code has changed under the catalogue: see above"
    write_switch >"$copy/Core/Planted.cs" || die "cannot write the switch"
    dotnet build "$copy/Simulation" "${copy_build_options[@]}" \
        -p:DefineConstants=RELEASE%3BTRACE%3BPLANTED </dev/null >&2 || die "the build failed"
    say "built, after $SECONDS s"
    dotnet "$(find "$copy/Simulation/bin/Release" -name OrleansShards.Simulation.dll -not -path '*/ref/*' -print -quit)" \
        --planted "$@"
}

main "$@"
exit
