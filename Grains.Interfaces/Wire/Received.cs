using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using OrleansShards.Core;

namespace OrleansShards.Grains.Interfaces.Wire;

/// <summary>
/// Checks on what came in, so that nothing reaches a node that no node could have sent: a node stops where one of its
/// invariants is broken, and that must not be in another process's hands.
/// </summary>
internal static class Received
{
    internal static GroupId Group(string? name) => new(Required(name));

    internal static GroupId? GroupOrNone(string? name) => name is null ? null : new GroupId(name);

    internal static MasterName Master(string? name) => new(Required(name));

    internal static MasterName? MasterOrNone(string? name) => name is null ? null : new MasterName(name);

    internal static Epoch? EpochOrNone(ulong? epoch) => epoch is { } value ? new Epoch(value) : null;

    internal static string Text(string? text, [CallerArgumentExpression(nameof(text))] string field = "") =>
        Required(text, field);

    /// <summary>The items of a list that is always sent.</summary>
    internal static T[] Items<T>(T[]? items, [CallerArgumentExpression(nameof(items))] string field = "") =>
        Required(items, field);

    /// <summary>A field that is always sent.</summary>
    internal static T Required<T>(T? value, [CallerArgumentExpression(nameof(value))] string field = "")
        where T : class =>
        value ?? throw new MalformedMessageException($"{field} is missing, where a {typeof(T).Name} was expected");

    /// <summary>A value that this version knows: a newer version's must not be taken for another.</summary>
    internal static T Known<T>(int number)
        where T : struct, Enum
    {
        T value = Unsafe.BitCast<int, T>(number);
        return Enum.IsDefined(value) ? value : ThrowUnknown<T>(number);
    }

    [DoesNotReturn]
    private static T ThrowUnknown<T>(int number)
        where T : struct, Enum =>
        throw new MalformedMessageException(
            $"{typeof(T).Name} {number}, where one of {string.Join(", ", Enum.GetNames<T>())} was expected");
}
