using System.Globalization;
using System.Net;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;
using OrleansShards.Grains.Placement;

namespace OrleansShards.Tests.Orleans.Placement;

public sealed class GroupPlacementTests
{
    private static readonly SiloAddress A = Silo(1);
    private static readonly SiloAddress B = Silo(2);
    private static readonly SiloAddress C = Silo(3);

    [Fact]
    public void Find_SilosThatNameTheGroup_AreTakenBeforeAll()
    {
        GroupPlacement homes = Homes((A, "g1"), (B, "g2,g3"), (C, ""));

        Assert.All(Keys("g2"), key => Assert.Equal(B, homes.Find(key, [A, B, C])));
        Assert.Equal(A, homes.Find("g1", [A, B, C]));
    }

    [Fact]
    public void Find_NoneOfTheGroupsSilosIsUp_TakesOneThatNamesNone()
    {
        GroupPlacement homes = Homes((A, "g1"), (B, "g2"), (C, ""));

        Assert.All(Keys("g2"), key => Assert.Equal(C, homes.Find(key, [A, C])));
    }

    [Fact]
    public void Find_OnlySilosOfOtherGroupsAreUp_TakesOneOfThese()
    {
        GroupPlacement homes = Homes((A, "g1"), (B, "g2"));

        Assert.All(Keys("g2"), key => Assert.Equal(A, homes.Find(key, [A])));
    }

    [Fact]
    public void Find_AGroupWhoseNameIsPartOfAnother_IsNotTakenForIt()
    {
        GroupPlacement homes = Homes((A, "g11"), (B, ""));

        Assert.Equal(B, homes.Find("g1/3", [A, B]));
    }

    [Fact]
    public void Find_ASiloGoes_OnlyItsOwnShareMoves()
    {
        GroupPlacement homes = Homes((A, ""), (B, ""), (C, ""));
        string[] keys = Keys("g1");

        SiloAddress[] before = [.. keys.Select(key => homes.Find(key, [A, B, C]))];
        SiloAddress[] after = [.. keys.Select(key => homes.Find(key, [C, A]))];

        Assert.True(before.Distinct().Count() == 3, "every silo has a share");
        Assert.All(before.Zip(after), pair => Assert.True(pair.First.Equals(B) || pair.First.Equals(pair.Second)));
    }

    private static string[] Keys(string group) =>
        [.. Enumerable.Range(0, 64).Select(number => string.Create(CultureInfo.InvariantCulture, $"{group}/{number}"))];

    private static SiloAddress Silo(int number) =>
        SiloAddress.New(IPAddress.Loopback, 11_000 + number, 1_000_000 * number);

    private static GroupPlacement Homes(params (SiloAddress Silo, string Groups)[] silos) => new(new Metadata(silos));

    /// <summary>What silos would say of themselves; only a silo's configuration can fill it otherwise.</summary>
    private sealed class Metadata((SiloAddress Silo, string Groups)[] silos) : ISiloMetadataCache
    {
        public SiloMetadata GetSiloMetadata(SiloAddress siloAddress)
        {
            SiloMetadata metadata = new();
            typeof(SiloMetadata).GetProperty(nameof(SiloMetadata.Metadata))!.SetValue(
                metadata,
                metadata.Metadata.SetItem(GroupPlacement.GroupsKey, silos.Single(silo => silo.Silo.Equals(siloAddress)).Groups));
            return metadata;
        }
    }
}
