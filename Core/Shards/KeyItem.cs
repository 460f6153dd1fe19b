using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>A key and its value as they are stored. Immutable: a frozen view may still show it.</summary>
internal sealed class KeyItem
{
    internal KeyItem(JsonText key, JsonText value, ulong order)
    {
        Key = key;
        Value = value;
        Order = order;
        Hash = default(Digest64).With(key.Span).With(order).With(value.Span).Value;
    }

    /// <summary>The key's text as it first came.</summary>
    internal JsonText Key { get; }

    /// <summary>The value's text as it came.</summary>
    internal JsonText Value { get; }

    /// <summary>The key's place: keys are shown in the order in which they were added.</summary>
    internal ulong Order { get; }

    /// <summary>Of the three together; what the item adds to the state's digest.</summary>
    internal ulong Hash { get; }
}
