using OrleansShards.Core.Nodes;

namespace OrleansShards.Simulation.Engine;

/// <summary>A call in an order that is the same on every machine; a repeated delivery is a call of its own.</summary>
internal readonly record struct CallKey(ulong Caller, ulong Number) : IComparable<CallKey>
{
    internal static CallKey Of(CallId call) => new(call.Caller.Value, call.Number);

    public int CompareTo(CallKey other) =>
        Caller != other.Caller ? Caller.CompareTo(other.Caller) : Number.CompareTo(other.Number);
}
