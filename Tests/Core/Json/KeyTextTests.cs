using OrleansShards.Core.Json;

namespace OrleansShards.Tests.Core.Json;

public sealed class KeyTextTests
{
    [Fact]
    public void From_SameValueOtherText_IsTheSameKey()
    {
        var held = new Dictionary<KeyText, string> { [Key("1")] = "one", [Key("\"1\"")] = "text" };

        Assert.Equal("one", held[Key("1.0")]);
        Assert.Equal("one", held[Key("10e-1")]);
        Assert.Equal("text", held[Key("\"\\u0031\"")]);
        Assert.False(held.ContainsKey(Key("2")));
    }

    [Fact]
    public void Operators_TwoKeys_FollowTheCanonicalBytes()
    {
        KeyText one = Key("1");
        KeyText two = Key("2");

        Assert.True(one == Key("1.0") && one != two && one.Equals((object)Key("1")) && !one.Equals("1"));
        Assert.True(one.CompareTo(two) < 0 && two.CompareTo(one) > 0 && one.CompareTo(Key("1.0")) == 0);
        Assert.Equal(one.GetHashCode(), Key("1e0").GetHashCode());
    }

    [Fact]
    public void Properties_Key_AreThoseOfTheCanonicalForm()
    {
        KeyText key = Key("{\"b\":1.0,\"a\":\"\\u0041\"}");

        Assert.Equal("{\"a\":\"A\",\"b\":1}", key.ToString());
        Assert.Equal(key.ToString(), System.Text.Encoding.UTF8.GetString(key.Canonical.Span));
        Assert.Equal(StableHash.Of(key.Canonical.Span), key.Hash);
    }

    [Fact]
    public void ToOwned_KeyInSharedMemory_NoLongerSharesIt()
    {
        byte[] message = "17"u8.ToArray();
        Assert.True(JsonText.TryWrap(message, out JsonText text, out _));
        KeyText key = KeyText.From(text);
        KeyText owned = key.ToOwned();

        message[0] = (byte)'9';

        Assert.Equal("97", key.ToString());
        Assert.Equal("17", owned.ToString());
        Assert.Equal(Key("17"), owned);
    }

    /// <summary>The two were made to collide; keys of the same hash are still different keys.</summary>
    [Fact]
    public void Equals_SameHashOtherBytes_AreDifferentKeys()
    {
        KeyText one = Key("\"shard-1collide!\"");
        KeyText other = Key("\"lnaykml_xB;]3Op\"");
        var held = new Dictionary<KeyText, int> { [one] = 1, [other] = 2 };

        Assert.Equal(one.Hash, other.Hash);
        Assert.True(one != other);
        Assert.Equal((1, 2), (held[one], held[other]));
    }

    private static KeyText Key(string json) => KeyText.From(JsonText.Parse(json));
}
