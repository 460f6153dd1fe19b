using System.Collections.Immutable;

namespace OrleansShards.Simulation.Drawing;

/// <summary>The seed, and what is set by hand instead of drawn from it. Equal options give bit-identical runs on any machine.</summary>
internal sealed class RunOptions
{
    private readonly Dictionary<string, long> _drawn = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _values;

    /// <summary>Draws the options that are not set; <c>skip</c> names scheduled faults that are left out (<c>pause#2</c>).</summary>
    internal RunOptions(
        ulong seed, Profile profile, ImmutableSortedDictionary<string, long>? set = null, ImmutableSortedSet<string>? skip = null)
    {
        Seed = seed;
        Profile = profile;
        Set = set ?? ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
        Skip = skip ?? ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
        Rng draws = Stream("options");
        foreach (OptionSpec spec in OptionTable.All)
            _drawn.Add(spec.Name, profile.Draw(spec, draws.Fork(spec.Name)));

        _values = new Dictionary<string, long>(_drawn, StringComparer.Ordinal);
        foreach ((string name, long value) in Set)
            _values[name] = _drawn.ContainsKey(name) ? value : throw new ArgumentException($"there is no option '{name}'", nameof(set));
    }

    internal ulong Seed { get; }

    internal Profile Profile { get; }

    internal ImmutableSortedDictionary<string, long> Set { get; }

    internal ImmutableSortedSet<string> Skip { get; }

    internal long this[string name] => _values[name];

    /// <summary>The value that the seed draws, even if another is set.</summary>
    internal long Drawn(string name) => _drawn[name];

    internal RunOptions With(string name, long value) => new(Seed, Profile, Set.SetItem(name, value), Skip);

    /// <summary>The command that repeats the run.</summary>
    internal string Command()
    {
        string profile = Profile == Profile.Swarm ? "" : $" --profile {Profile.Name}";
        string set = string.Concat(Set.Select(static item => $" --set {item.Key}={item.Value}"));
        string skip = Skip.Count == 0 ? "" : $" --skip {string.Join(',', Skip)}";
        return $"./run.sh simulate --seed {Seed}{profile}{set}{skip}";
    }

    /// <summary>The seed and every option, in lines: its value, what it is and, if it is set, what was drawn.</summary>
    internal IEnumerable<string> Lines()
    {
        yield return $"seed {Seed}, profile {Profile.Name}";
        foreach (OptionSpec spec in OptionTable.All)
            yield return spec.Line(this[spec.Name]) + (Set.ContainsKey(spec.Name) ? $" (set; {Drawn(spec.Name)} is drawn)" : "");

        if (Skip.Count > 0)
            yield return $"  left out: {string.Join(", ", Skip)}";
    }

    internal Rng Stream(string name) => new Rng(Seed).Fork(name);
}
