using System.Collections.Immutable;
using System.Reflection;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Orleans.Wire;

/// <summary>Every message that nodes say to each other, found by reflection, with a sample of each.</summary>
internal static class CoreMessages
{
    /// <summary>Those of Core: a client's own requests and outcomes never leave their process.</summary>
    public static IReadOnlyList<Type> Types { get; } =
        [.. typeof(Message).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(Message)))];

    /// <summary>One that has every field set, each to another value where its type has that many.</summary>
    public static object Full(Type type) => new Filler(isFull: true).Fill(type);

    /// <summary>One with null, empty or zero wherever that may be.</summary>
    public static object Bare(Type type) => new Filler(isFull: false).Fill(type);

    private sealed class Filler(bool isFull)
    {
        private int _drawn;

        public object Fill(Type type)
        {
            if (Nullable.GetUnderlyingType(type) is { } inner)
                return isFull ? Fill(inner) : null!;

            return Simple(type) ?? Collection(type) ?? Composed(type);
        }

        private object? Simple(Type type) =>
            type == typeof(string) ? isFull ? $"text {++_drawn} ü" : ""
            : type == typeof(bool) ? isFull
            : type == typeof(int) ? isFull ? ++_drawn * 1000 : 0
            : type == typeof(long) ? isFull ? ++_drawn * -10_000_000_000 : 0L
            : type == typeof(ulong) ? isFull ? ulong.MaxValue - (ulong)++_drawn : 0UL
            : type == typeof(DateTimeOffset) ? DateTimeOffset.UnixEpoch.AddSeconds(isFull ? ++_drawn : 0)
            : type == typeof(JsonText) ? isFull ? JsonText.Parse($$"""{"a": [{{++_drawn}}.0, "\u00e9 é"]}""") : default
            : type == typeof(byte[]) ? isFull ? new[] { (byte)++_drawn, (byte)255 } : Array.Empty<byte>()
            : type.IsEnum ? EnumOf(type)
            : null;

        // The first named value where it is bare: 0 need not be one.
        private object EnumOf(Type type) => Enum.GetValues(type) is var values && isFull
            ? values.GetValue(values.Length - 1)!
            : values.GetValue(0)!;

        private object? Collection(Type type)
        {
            if (!type.IsGenericType)
                return null;

            Type[] items = type.GetGenericArguments();
            return type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) ? Made(nameof(ArrayOf), items)
                : type.GetGenericTypeDefinition() == typeof(ImmutableSortedDictionary<,>) ? Made(nameof(MapOf), items)
                : null;
        }

        private object Made(string method, Type[] types) =>
            typeof(Filler).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Instance)!
                .MakeGenericMethod(types).Invoke(this, null)!;

        private ImmutableArray<T> ArrayOf<T>() => isFull ? [(T)Fill(typeof(T)), (T)Fill(typeof(T))] : [];

        private ImmutableSortedDictionary<TKey, TValue> MapOf<TKey, TValue>()
            where TKey : notnull =>
            isFull
                ? ImmutableSortedDictionary<TKey, TValue>.Empty
                    .Add((TKey)Fill(typeof(TKey)), (TValue)Fill(typeof(TValue)))
                    .Add((TKey)Fill(typeof(TKey)), (TValue)Fill(typeof(TValue)))
                : ImmutableSortedDictionary<TKey, TValue>.Empty;

        private object Composed(Type type)
        {
            // Answers to requests for keys stand for all that a shard answers.
            type = type == typeof(ShardReply) ? typeof(KeyReply) : type;

            // A record's copy constructor is not public; the longest one sets the most.
            ConstructorInfo constructor = type.GetConstructors().MaxBy(static c => c.GetParameters().Length)!;
            object made = constructor.Invoke([.. constructor.GetParameters().Select(p => Fill(p.ParameterType))]);
            foreach (PropertyInfo property in type.GetProperties())
            {
                if (property.SetMethod is not null && IsBeyond(constructor, property))
                    property.SetValue(made, Fill(property.PropertyType));
            }

            return made;
        }

        private static bool IsBeyond(ConstructorInfo constructor, PropertyInfo property) =>
            constructor.GetParameters().All(parameter => parameter.Name != property.Name);
    }
}
