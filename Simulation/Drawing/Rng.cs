using System.Numerics;

namespace OrleansShards.Simulation.Drawing;

/// <summary>Random numbers from a seed: xoshiro256** (Blackman and Vigna), seeded through SplitMix64; the same everywhere.</summary>
/// <remarks>
/// Everything that draws has a stream of its own (<see cref="Fork"/>): a run without one fault draws the same for all others,
/// so a failing run can be shrunk.
/// </remarks>
internal sealed class Rng
{
    internal const int Million = 1_000_000;

    private readonly ulong _seed;
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    internal Rng(ulong seed)
    {
        _seed = seed;
        ulong state = seed;
        (_a, _b, _c, _d) = (Mix(ref state), Mix(ref state), Mix(ref state), Mix(ref state));
    }

    /// <summary>A stream that depends only on this one's seed and the name, not on what was drawn from this one.</summary>
    internal Rng Fork(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in name)
            hash = (hash ^ letter) * 1099511628211;

        ulong state = _seed ^ hash;
        return new Rng(Mix(ref state));
    }

    internal ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>From 0 to <paramref name="bound"/> − 1.</summary>
    internal int Below(int bound) => (int)Below((long)bound);

    /// <summary>From <paramref name="min"/> to <paramref name="max"/>, both included.</summary>
    internal long Between(long min, long max) => min + Below(max - min + 1);

    /// <summary>From <paramref name="min"/> to <paramref name="max"/>, each order of magnitude as likely as the others.</summary>
    internal long Spread(long min, long max)
    {
        long low = min;
        int steps = BitOperations.Log2((ulong)(max / Math.Max(1, min))) + 1;
        for (int step = Below(steps); step > 0; step--)
            low = Math.Max(1, low) * 2;

        return Between(Math.Min(low, max), Math.Min((Math.Max(1, low) * 2) - 1, max));
    }

    internal bool Chance(long perMillion) => perMillion > 0 && Below(Million) < perMillion;

    internal long Either(long one, long other) => Chance(Million / 2) ? one : other;

    /// <summary>A fault's rate or number: 0 in half of all runs, as one fault can hide another; otherwise spread.</summary>
    internal long Sometimes(long min, long max) => Chance(Million / 2) ? Spread(min, max) : 0;

    internal T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    private long Below(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    private static ulong Mix(ref ulong state)
    {
        ulong mixed = state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
