using System.Collections.Immutable;

namespace OrleansShards.Simulation.Drawing;

/// <summary>Everything that decides a run: the seed, and what was changed by hand about what is drawn from it.</summary>
/// <remarks>Two runs with equal options are the same to the byte, on any machine.</remarks>
public sealed class RunOptions
{
    private readonly Dictionary<string, long> _drawn = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _values;

    /// <summary>Draws everything.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="profile">Which sort of run.</param>
    /// <param name="set">Options that are set instead of drawn.</param>
    /// <param name="skip">Scheduled faults that are left out, by name (<c>pause#2</c>).</param>
    public RunOptions(
        ulong seed,
        Profile profile,
        ImmutableSortedDictionary<string, long>? set = null,
        ImmutableSortedSet<string>? skip = null)
    {
        Seed = seed;
        Profile = profile;
        Set = set ?? ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
        Skip = skip ?? ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
        Rng draws = Stream("options");
        foreach (OptionSpec spec in OptionTable.All)
            _drawn.Add(spec.Name, profile.Draw(spec, new OptionDraw(draws.Fork(spec.Name))));

        _values = new Dictionary<string, long>(_drawn, StringComparer.Ordinal);
        foreach ((string name, long value) in Set)
        {
            _values[name] = _drawn.ContainsKey(name)
                ? value
                : throw new ArgumentException($"there is no option '{name}'", nameof(set));
        }
    }

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>Which sort of run.</summary>
    public Profile Profile { get; }

    /// <summary>What was set by hand.</summary>
    public ImmutableSortedDictionary<string, long> Set { get; }

    /// <summary>The scheduled faults that are left out.</summary>
    public ImmutableSortedSet<string> Skip { get; }

    /// <summary>An option's value.</summary>
    public long this[string name] => _values[name];

    /// <summary>The value that the seed draws, whatever is set.</summary>
    public long Drawn(string name) => _drawn[name];

    /// <summary>The same run with one option set.</summary>
    public RunOptions With(string name, long value) => new(Seed, Profile, Set.SetItem(name, value), Skip);

    /// <summary>The same run without some scheduled faults.</summary>
    public RunOptions Without(IEnumerable<string> faults) => new(Seed, Profile, Set, Skip.Union(faults));

    /// <summary>The command that repeats the run.</summary>
    public string Command()
    {
        string profile = Profile == Profile.Swarm ? "" : $" --profile {Profile.Name}";
        string set = string.Concat(Set.Select(static item => $" --set {item.Key}={item.Value}"));
        string skip = Skip.Count == 0 ? "" : $" --skip {string.Join(',', Skip)}";
        return $"./run.sh simulate --seed {Seed}{profile}{set}{skip}";
    }

    internal Rng Stream(string name) => new Rng(Seed).Fork(name);
}
