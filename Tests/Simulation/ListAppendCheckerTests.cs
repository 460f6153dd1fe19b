using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Simulation;

public sealed class ListAppendCheckerTests
{
    private static readonly Operation One = Ops.CasOrCreate(0, "[]", "[1]", 0, 10);
    private static readonly Operation Two = Ops.Cas(1, "[1]", "[1,2]", 20, 30);
    private static readonly Operation OpenThree = Ops.Cas(2, "[1,2]", "[1,2,3]", 40);

    [Theory]
    [InlineData("[1,2]")]
    [InlineData("[ 1, 2, 3 ]")]
    public void Check_ListThatOnlyGrew_IsFine(string final) =>
        Assert.Empty(Check(final, One, Two, OpenThree, Ops.ReadAbsent(3, 0, 1), Ops.Read(3, "[1]", 5, 25)));

    [Fact]
    public void Check_ElementAppendedAgainAfterAFailure_IsFine()
    {
        Operation failed = Ops.CasDiffers(2, "[1]", "[1,3]", "[1,2]", 25, 35);
        Assert.Empty(Check("[1,2,3]", One, Two, failed, Ops.Cas(2, "[1,2]", "[1,2,3]", 40, 50)));
    }

    [Fact]
    public void Check_ElementTriedAgainInVainAfterASuccess_IsFine() =>
        Assert.Empty(Check("[1,2]", One, Two, Ops.CasDiffers(1, "[1]", "[1,2]", "[1,2]", 40, 50)));

    [Fact]
    public void Check_AcknowledgedElementMissingInTheEnd_IsTold() =>
        Tells("2 was acknowledged, but is not in the final list", Check("[1]", One, Two));

    [Fact]
    public void Check_NoListInTheEnd_IsTold() => Tells("1 was acknowledged", Check(null, One));

    [Fact]
    public void Check_ElementTwice_IsTold() => Tells("3 is there twice", Check("[1,2,3,3]", One, Two, OpenThree));

    [Fact]
    public void Check_ElementThatNobodyAppended_IsTold() => Tells("9 is there, which nobody appended", Check("[1,9]", One));

    [Fact]
    public void Check_ElementOfAFailedAppend_IsTold() => Tells(
        "3 is there, which was refused",
        Check("[1,2,3]", One, Two, Ops.CasDiffers(2, "[1]", "[1,3]", "[1,2]", 25, 35)));

    [Fact]
    public void Check_RefusedElement_IsTold() => Tells(
        "3 is there, which was refused",
        ListAppendChecker.Check([One, Two], [OpenThree], Final("[1,2,3]")));

    [Fact]
    public void Check_RefusedElementThatIsAbsent_IsFine() =>
        Assert.Empty(ListAppendChecker.Check([One, Two], [OpenThree], Final("[1,2]")));

    [Fact]
    public void Check_TwoOrders_AreTold() => Tells(
        "element 1 is 2 in p0 21..22",
        Check("[1,3,2]", One, Two, OpenThree, Ops.Read(0, "[1,2]", 21, 22)));

    [Fact]
    public void Check_ReadOfAShorterListLater_IsTold() => Tells(
        "it had 2 elements in p1 20..30", Check("[1,2]", One, Two, Ops.Read(0, "[1]", 31, 32)));

    [Fact]
    public void Check_ReadOfAShorterListMeanwhile_IsFine() =>
        Assert.Empty(Check("[1,2]", One, Two, Ops.Read(0, "[1]", 30, 32)));

    [Fact]
    public void Check_LongerListSeenThanInTheEnd_IsTold() => Tells(
        "and 2 in the end", Check("[1,2]", One, Two, OpenThree, Ops.Read(0, "[1,2,3]", 50, 60)));

    [Fact]
    public void Check_TornList_IsTold() => Tells("no list: [1,", Check("[1,2]", One, Two, Ops.Read(0, "[1,", 50, 60)));

    [Fact]
    public void Check_WithoutAFinalList_ChecksWhatWasSeen() => Tells(
        "it had 2", ListAppendChecker.Check([One, Two, Ops.ReadAbsent(0, 31, 32)], [], new Dictionary<string, string?>()));

    [Fact]
    public void Check_OperationThatIsNoAppend_Throws()
    {
        Assert.Throws<ArgumentException>(() => Check("[1]", Ops.Write(0, "[1]", 0, 1)));
        Assert.Throws<ArgumentException>(() => Check("[1]", Ops.Cas(0, "[1]", "[2,1]", 0, 1)));
    }

    private static IReadOnlyList<Violation> Check(string? final, params Operation[] operations) =>
        ListAppendChecker.Check(operations, [], Final(final));

    private static Dictionary<string, string?> Final(string? final) => new() { [Ops.Key] = final };

    private static void Tells(string what, IReadOnlyList<Violation> violations)
    {
        Assert.Contains(violations, violation => violation.Text.Contains(what, StringComparison.Ordinal));
        Assert.All(violations, violation => Assert.Equal("list-append", violation.Rule));
    }
}
