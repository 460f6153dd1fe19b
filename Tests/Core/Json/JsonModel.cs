using System.Numerics;

namespace OrleansShards.Tests.Core.Json;

/// <summary>A JSON value as what it means, with the dumbest equality that could be right.</summary>
internal abstract record JsonModel
{
    internal static bool Same(JsonModel a, JsonModel b) => (a, b) switch
    {
        (JsonWord x, JsonWord y) => x.Text == y.Text,
        (JsonNumber x, JsonNumber y) => x.Scaled() == y.Scaled(),
        (JsonString x, JsonString y) => string.Equals(x.Content, y.Content, StringComparison.Ordinal),
        (JsonArray x, JsonArray y) => x.Items.Length == y.Items.Length && x.Items.Zip(y.Items, Same).All(same => same),
        (JsonObject x, JsonObject y) => x.Members.Length == y.Members.Length
            && x.Members.All(left => y.Members.Any(right => left.Name == right.Name && Same(left.Value, right.Value))),
        _ => false,
    };
}

internal sealed record JsonWord(string Text) : JsonModel;

/// <summary>Digits times ten to the exponent; the exponent is at least <see cref="ExponentMin"/>.</summary>
internal sealed record JsonNumber(BigInteger Digits, int Exponent) : JsonModel
{
    internal const int ExponentMin = -100;

    internal BigInteger Scaled() => Digits * BigInteger.Pow(10, Exponent - ExponentMin);
}

internal sealed record JsonString(string Content) : JsonModel;

internal sealed record JsonArray(JsonModel[] Items) : JsonModel;

internal sealed record JsonObject((string Name, JsonModel Value)[] Members) : JsonModel;
