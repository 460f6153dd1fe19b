using System.Reflection;
using Orleans;
using OrleansShards.Core.Masters;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Wire;
using OrleansShards.Tests.House;

namespace OrleansShards.Tests.Orleans.Wire;

/// <summary>
/// The bytes of every message with every field set, so that they do not change unseen: silos of two releases meet while they
/// are replaced. golden.txt has a line a message, and one more for each time that a field or a value was appended to it.
/// </summary>
public sealed class WireGoldenTests
{
    private static readonly ILookup<string, string> Golden =
        File.ReadLines(Path.Combine(Repository.Root, "Tests", "Orleans", "Wire", "golden.txt"))
            .Where(static line => !line.StartsWith('#'))
            .Select(static line => line.Split(' '))
            .ToLookup(static line => line[0], static line => line[1]);

    private static readonly IReadOnlyList<Type> OnTheWire =
        [.. CoreMessages.Types, typeof(ClusterDefinition), typeof(FrontRequests), typeof(FrontAnswers)];

    public static TheoryData<Type> Types => [.. OnTheWire];

    [Theory]
    [MemberData(nameof(Types))]
    public void Write_OfEveryField_HasTheKnownBytes(Type type)
    {
        string hex = Convert.ToHexString(WireServices.Serializer.SerializeToArray(CoreMessages.Full(type)));

        // What may change, and how, is said at Core's Message.
        Assert.True(
            Golden[NameOf(type)].LastOrDefault() == hex,
            $"its bytes have changed; where that is meant, append to its lines in golden.txt:\n{NameOf(type)} {hex}");
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Read_OfWhatEarlierReleasesSend_IsWhole(Type type) => Assert.All(
        Golden[NameOf(type)],
        hex => Assert.IsType(
            type, MessageCheck.Whole(WireServices.Serializer.Deserialize<object>(Convert.FromHexString(hex)))));

    [Fact]
    public void Golden_HasNoLineOfAMessageThatIsGone() =>
        Assert.Empty(Golden.Select(static lines => lines.Key).Except(OnTheWire.Select(NameOf)));

    // Names without the prefix that all have.
    private static string NameOf(Type type) =>
        type.GetCustomAttribute<AliasAttribute>()!.Alias["OrleansShards.".Length..];
}
