using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Shards;

public sealed class DataLimitsTests
{
    private static readonly DataLimits Limits = new() { KeyBytesMax = 4, ValueBytesMax = 6, SessionNameBytesMax = 2 };

    [Fact]
    public void Request_AtEveryLimit_IsNotRefused() =>
        Assert.Null(Limits.RefusalOf(Keys.Cas("1234", "123456", "654321", Keys.Client("é", 1))));

    [Theory]
    [InlineData("12345", "1", "1", "c", LimitName.Key, "the key has 5 bytes; expected at most 4 (option key-bytes-max)")]
    [InlineData("1", "1234567", "1", "c", LimitName.Value, "the value has 7 bytes; expected at most 6 (option value-bytes-max)")]
    [InlineData("1", "1", "1234567", "c", LimitName.Value, "the value has 7 bytes; expected at most 6 (option value-bytes-max)")]
    [InlineData(
        "1", "1", "1", "éé", LimitName.SessionName, "the session's name has 4 bytes; expected at most 2 (option session-name-bytes-max)")]
    public void Request_BeyondALimit_IsRefusedWithLimitSizeAndOption(
        string key, string from, string to, string client, LimitName limit, string text)
    {
        ShardRefusal? refusal = Limits.RefusalOf(Keys.Cas(key, from, to, Keys.Client(client, 1)));

        Assert.Equal((ShardRefusalKind.Malformed, limit, text), (refusal!.Kind, refusal.Limit!.Value, refusal.Text));
    }

    [Fact]
    public void ReadAndDelete_KeyBeyondTheLimit_AreNotRefused_AndWhatPutsIs()
    {
        Assert.Null(Limits.RefusalOf(Keys.Read("12345")));
        Assert.Null(Limits.RefusalOf(Keys.Delete("12345", Keys.Client("c", 1))));
        Assert.Equal(LimitName.Key, Limits.RefusalOf(Keys.Write("12345", "1"))?.Limit);
        KeyCommand beyondAMessage = new(KeyVerb.Read, Keys.Large(DataLimits.MessageBytesMax + 1), default, default, false);
        Assert.Equal(LimitName.Message, Limits.RefusalOf(new KeyRequest(SessionTag.None, beyondAMessage))?.Limit);
    }

    [Fact]
    public void RouterSession_HasALongerName_IsNotRefused() =>
        Assert.Null(Limits.RefusalOf(Keys.Write("1", "1", Keys.Router("router/1/2/3", 1))));

    [Fact]
    public void Seed_LargerThanAMessage_IsRefused()
    {
        JsonText large = Keys.Large(DataLimits.MessageBytesMax + 1);

        Assert.Equal(LimitName.Message, new DataLimits().RefusalOf(new SeedShard(large, default))?.Limit);
        Assert.Equal(LimitName.Message, new DataLimits().RefusalOf(new ReceiveShard(large, null))?.Limit);
    }

    [Fact]
    public void Problems_EveryLimitOutOfRange_NamesEachWithItsRange()
    {
        DataLimits wrong = new()
        {
            KeyBytesMax = 0,
            ValueBytesMax = (16 << 20) + 1,
            SessionNameBytesMax = 4097,
            SessionBytesMax = 1,
            ShardBytesMax = 0,
            SiloBytesMax = -1,
        };

        Assert.Empty(new DataLimits().Problems());
        Assert.Equal(
        [
            "Limits.KeyBytesMax is 0 bytes; expected 1 to 1048576",
            "Limits.ValueBytesMax is 16777217 bytes; expected 1 to 16777216",
            "Limits.SessionNameBytesMax is 4097 bytes; expected 1 to 4096",
            "Limits.SessionBytesMax is 1 bytes; expected at least 1048576",
            "Limits.ShardBytesMax is 0 bytes; expected at least 1048576",
            "Limits.SiloBytesMax is -1 bytes; expected at least 1048576",
        ], wrong.Problems());
    }
}
