using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FsCheck;
using FsCheck.Fluent;
using OrleansShards.Core.Json;

namespace OrleansShards.Tests.Core.Json;

/// <summary>Canonical equality against <see cref="JsonModel.Same"/>; on failure FsCheck prints the seed to replay.</summary>
public sealed class JsonCanonicalProperties
{
    private const int Cases = 3000;

    [Fact]
    public void Equal_AnyTwoSpellings_AgreesWithTheModel() => Check(JsonModelGen.Pair, pair =>
    {
        byte[] a = JsonPrinter.Print(pair.A, pair.Seed);
        byte[] b = JsonPrinter.Print(pair.B, pair.Seed + 1);
        return JsonCanonical.Equal(a, b) == JsonModel.Same(pair.A, pair.B);
    });

    [Fact]
    public void KeyText_AnyTwoSpellings_AgreesWithTheModel() => Check(JsonModelGen.Pair, pair =>
    {
        KeyText a = KeyText.From(Text(JsonPrinter.Print(pair.A, pair.Seed)));
        KeyText b = KeyText.From(Text(JsonPrinter.Print(pair.B, pair.Seed + 1)));
        bool same = JsonModel.Same(pair.A, pair.B);
        bool order = Math.Sign(a.CompareTo(b)) == -Math.Sign(b.CompareTo(a)) && a.CompareTo(b) == 0 == same;
        return a.Equals(b) == same && (!same || a.Hash == b.Hash) && order;
    });

    [Fact]
    public void Of_AnyValue_IsJsonOfTheSameValueAndItsOwnCanonicalForm() => Check(JsonModelGen.Pair, pair =>
    {
        byte[] text = JsonPrinter.Print(pair.A, pair.Seed);
        byte[] canonical = JsonCanonical.Of(text);
        ReadOnlySpan<byte> trimmed = text.AsSpan().Trim(JsonText.Space);
        bool quick = !JsonCanonical.IsCanonical(trimmed) || trimmed.SequenceEqual(canonical);
        return quick && JsonCanonical.Of(canonical).AsSpan().SequenceEqual(canonical) && JsonCanonical.Equal(text, canonical);
    });

    [Fact]
    public void Reader_AnyObject_YieldsItsMembersInOrder() => Check(JsonModelGen.Pair, pair =>
    {
        byte[] text = JsonPrinter.Print(pair.A, pair.Seed);
        JsonObjectReader reader = JsonObjectReader.OfMessage(text);
        var rebuilt = new List<string>();
        while (reader.Read(out JsonMember member))
            rebuilt.Add($"{Encoding.UTF8.GetString(member.RawName.Span)}:{Encoding.UTF8.GetString(member.RawValue.Span)}");

        if (!reader.Finish(out _))
            return pair.A is not JsonObject;

        byte[] again = Encoding.UTF8.GetBytes($"{{{string.Join(',', rebuilt)}}}");
        return rebuilt.Count == ((JsonObject)pair.A).Members.Length && JsonCanonical.Equal(text, again);
    });

    /// <summary>The base library's parser decides as we do what is JSON; it differs only in not checking UTF-8.</summary>
    [Fact]
    public void TryParse_DamagedText_AcceptsWhatAStrictParserAccepts() => Check(JsonModelGen.Pair, pair =>
    {
        byte[] text = Damage(JsonPrinter.Print(pair.A, pair.Seed), new Random(pair.Seed));
        bool accepted = JsonText.TryParse(text, out _, out string error);
        return accepted == StrictParserAccepts(text) && accepted == (error.Length == 0);
    });

    [Fact]
    public void Generator_ManyCases_AreNotTrivial()
    {
        (JsonModel A, JsonModel B, int Seed)[] pairs = [.. JsonModelGen.Pair.Sample(1000, 50)];
        string[] texts = [.. pairs.Select(pair => Encoding.UTF8.GetString(JsonPrinter.Print(pair.A, pair.Seed)))];

        Assert.True(texts.Count(text => text.Contains("\\u", StringComparison.Ordinal)) > 300, "escapes");
        Assert.True(texts.Count(text => text.Any(unit => unit > 0x7F)) > 100, "text outside ASCII");
        Assert.True(pairs.Count(pair => Numbers(pair.A).Any(number => number.Exponent != 0)) > 200, "exponents");
        Assert.True(pairs.Count(pair => Numbers(pair.A).Any(number => number.Digits > ulong.MaxValue)) > 20, "big numbers");
        Assert.True(pairs.Count(pair => HasNestedObject(pair.A)) > 200, "objects in objects");
        Assert.InRange(pairs.Count(pair => JsonModel.Same(pair.A, pair.B)), 400, 700);
    }

    private static void Check<T>(Gen<T> gen, Func<T, bool> holds) =>
        Prop.ForAll(gen.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases).WithEndSize(60));

    private static JsonText Text(byte[] utf8) => JsonText.TryParse(utf8, out JsonText text, out string error)
        ? text
        : throw new InvalidOperationException($"{error} in {Encoding.UTF8.GetString(utf8)}");

    private static byte[] Damage(byte[] text, Random random)
    {
        int at = random.Next(text.Length);
        byte other = "\"\\{}[]:,01-+.eEtu n\u0000\u001f"u8[random.Next(20)];
        return random.Next(5) switch
        {
            0 => text[..at],
            1 => [.. text[..at], .. text[(at + 1)..]],
            2 => [.. text[..at], other, .. text[at..]],
            3 => [.. text[..at], (byte)random.Next(256), .. text[(at + 1)..]],
            _ => [.. text[..at], other, .. text[(at + 1)..]],
        };
    }

    private static bool StrictParserAccepts(byte[] text)
    {
        try
        {
            using JsonDocument parsed = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = JsonLimits.DepthMax });
            return Utf8.IsValid(text) && NoDuplicates(text);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // By the names' content as we unescape it: the library's own check throws at a name with a lone surrogate.
    private static bool NoDuplicates(byte[] text)
    {
        var reader = new Utf8JsonReader(text);
        var open = new Stack<HashSet<string>>();
        bool unique = true;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartObject)
                open.Push(new HashSet<string>(StringComparer.Ordinal));
            else if (reader.TokenType == JsonTokenType.EndObject)
                open.Pop();
            else if (reader.TokenType == JsonTokenType.PropertyName)
                unique &= open.Peek().Add(JsonStrings.Content([(byte)'"', .. reader.ValueSpan, (byte)'"']));
        }

        return unique;
    }

    private static IEnumerable<JsonNumber> Numbers(JsonModel model) => model switch
    {
        JsonNumber number => [number],
        JsonArray array => array.Items.SelectMany(Numbers),
        JsonObject members => members.Members.SelectMany(member => Numbers(member.Value)),
        _ => [],
    };

    private static bool HasNestedObject(JsonModel model) =>
        model is JsonObject members && members.Members.Any(member => member.Value is JsonObject { Members.Length: > 1 });
}
