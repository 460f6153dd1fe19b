namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>That the table sees what a soak is there for.</summary>
public sealed class SoakTableTests
{
    private const int Readings = 100;

    private static readonly SoakQuantity Handles = new("n1, handles", 1.1, 10);
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(Readings);

    [Fact]
    public void Problems_GrowsAllTheTime_SaysFromWhatToWhat()
    {
        SoakTable table = Table(static minute => 100 + minute);

        Assert.Equal("n1, handles is 195 at the end and was 115; expected 136.5 at most", Assert.Single(table.Problems(Length)));
        Assert.Contains("GREW", table.Text(Length), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("steady")]
    [InlineData("grows before it was used once")]
    [InlineData("a sawtooth")]
    public void Problems_AsBefore_AreNone(string shape)
    {
        SoakTable table = Table(minute => shape switch
        {
            "steady" => 100,
            "a sawtooth" => 100 + (minute % 5),
            _ => minute < Readings / 10 ? minute : 100,
        });

        Assert.Empty(table.Problems(Length));
        Assert.DoesNotContain("GREW", table.Text(Length), StringComparison.Ordinal);
    }

    private static SoakTable Table(Func<int, double> value)
    {
        SoakTable table = new();
        for (int minute = 0; minute < Readings; minute++)
            table.Add(Handles, TimeSpan.FromMinutes(minute), value(minute));

        return table;
    }
}
