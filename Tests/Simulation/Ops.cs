using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Simulation;

/// <summary>Operations on a key named x, in one line each. Without an end they are open.</summary>
internal static class Ops
{
    internal const string Key = "x";

    internal static Operation Write(int process, string value, long from, long? to = null) =>
        New(process, KeyVerb.Write, value, null, false, from, to, OperationResult.Done, null);

    internal static Operation Read(int process, string found, long from, long? to = null) =>
        New(process, KeyVerb.Read, null, null, false, from, to, OperationResult.Done, found);

    internal static Operation ReadAbsent(int process, long from, long to) =>
        New(process, KeyVerb.Read, null, null, false, from, to, OperationResult.Absent, null);

    internal static Operation Cas(int process, string expected, string value, long from, long? to = null) =>
        New(process, KeyVerb.CompareAndSet, value, expected, false, from, to, OperationResult.Done, null);

    internal static Operation CasOrCreate(int process, string expected, string value, long from, long? to = null) =>
        New(process, KeyVerb.CompareAndSet, value, expected, true, from, to, OperationResult.Done, null);

    internal static Operation CasAbsent(int process, string expected, string value, long from, long to) =>
        New(process, KeyVerb.CompareAndSet, value, expected, false, from, to, OperationResult.Absent, null);

    internal static Operation CasDiffers(int process, string expected, string value, string? found, long from, long to) =>
        New(process, KeyVerb.CompareAndSet, value, expected, false, from, to, OperationResult.Differs, found);

    internal static Operation Delete(int process, long from, long? to = null) =>
        New(process, KeyVerb.Delete, null, null, false, from, to, OperationResult.Done, null);

    internal static Operation DeleteAbsent(int process, long from, long to) =>
        New(process, KeyVerb.Delete, null, null, false, from, to, OperationResult.Absent, null);

    internal static Operation On(this Operation operation, string key) => operation with { Key = key };

    private static Operation New(
        int process,
        KeyVerb action,
        string? value,
        string? expected,
        bool createIfAbsent,
        long from,
        long? to,
        OperationResult result,
        string? found) => to is null
        ? new(process, Key, action, value, expected, createIfAbsent, from, null, OperationResult.Unknown, null)
        : new(process, Key, action, value, expected, createIfAbsent, from, to, result, found);
}
