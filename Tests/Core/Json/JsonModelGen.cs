using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace OrleansShards.Tests.Core.Json;

/// <summary>Draws JSON values, and pairs of which about half are equal and the rest mostly near misses.</summary>
internal static class JsonModelGen
{
    private static readonly string[] Pieces =
    [
        "a", "b", "A", "key", "\"", "\\", "/", "\n", "\t", "\b", "\f", "\r", "\0", "\u001f", "\u007f", "é", "e\u0301",
        "\u2028", "\uffff", "😀", "\ud83d", "\ude00", "\\u0041", "0",
    ];

    internal static Gen<JsonModel> Value => Gen.Sized(size => Sized(Math.Min(size, 40)));

    /// <summary>Two values, related in a way that equality is not rare and differences are small.</summary>
    internal static Gen<(JsonModel A, JsonModel B, int Seed)> Pair =>
        from a in Value
        from other in Value
        from kind in Gen.Choose(0, 9)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select (a, kind < 5 ? a : kind < 9 ? Nudge(a, new Random(seed)) : other, seed);

    private static Gen<JsonModel> Sized(int size)
    {
        if (size < 2)
            return Scalar;

        Gen<JsonModel> inner = Sized(size / 3);
        Gen<(string, JsonModel)> member =
            from name in Text
            from value in inner
            select (name, value);
        return Gen.Frequency(
            (2, Scalar),
            (2, UpTo(inner, 4).Select(JsonModel (items) => new JsonArray(items))),
            (3, UpTo(member, 11).Select(JsonModel (items) => new JsonObject([.. items.DistinctBy(item => item.Item1)]))));
    }

    private static Gen<JsonModel> Scalar => Gen.OneOf(
        Gen.Elements("null", "true", "false").Select(JsonModel (text) => new JsonWord(text)),
        Text.Select(JsonModel (text) => new JsonString(text)),
        Number);

    private static Gen<string> Text => UpTo(Gen.Elements(Pieces), 4).Select(pieces => string.Concat(pieces));

    private static Gen<JsonModel> Number =>
        from digits in Gen.Choose(-20, 20)
        from large in Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Choose(1, int.MaxValue)))
        from exponent in Gen.Frequency((2, Gen.Constant(0)), (2, Gen.Choose(-3, 3)), (1, Gen.Choose(-50, 50)))
        select (JsonModel)new JsonNumber(new BigInteger(digits) * large * large, exponent);

    private static Gen<T[]> UpTo<T>(Gen<T> items, int most) =>
        from count in Gen.Choose(0, most)
        from array in items.ArrayOf(count)
        select array;

    /// <summary>Changes one thing somewhere in the value; now and then what it changes makes no difference.</summary>
    private static JsonModel Nudge(JsonModel model, Random random)
    {
        switch (model)
        {
            case JsonNumber number:
                return random.Next(2) == 0
                    ? number with { Digits = number.Digits + 1 }
                    : number with { Exponent = number.Exponent + 1 };
            case JsonString text:
                string piece = Pieces[random.Next(Pieces.Length)];
                return random.Next(4) == 0 ? new JsonWord("null") : new JsonString(text.Content + piece);
            case JsonArray { Items.Length: > 0 } array:
                JsonModel[] items = [.. array.Items];
                int at = random.Next(items.Length);
                items[at] = Nudge(items[at], random);
                return random.Next(4) == 0 ? new JsonArray([.. array.Items.Reverse()]) : new JsonArray(items);
            case JsonObject { Members.Length: > 0 } members:
                (string Name, JsonModel Value)[] copy = [.. members.Members];
                int which = random.Next(copy.Length);
                copy[which].Value = Nudge(copy[which].Value, random);
                return new JsonObject(random.Next(4) == 0 ? copy[1..] : copy);
            default:
                return new JsonNumber(0, 0);
        }
    }
}
