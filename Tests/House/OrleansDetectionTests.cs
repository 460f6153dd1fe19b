namespace OrleansShards.Tests.House;

public sealed class OrleansDetectionTests : IDisposable
{
    private readonly FakeHouse _house = new();

    public void Dispose() => _house.Dispose();

    [Fact]
    public async Task Build_PackagesCanBeRestored_IsWithOrleansAndSaysNothing()
    {
        var run = await _house.Run("run.sh");
        AssertPublished("true");
        Assert.DoesNotContain("!!!", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_PackagesCannotBeRestored_IsWithoutOrleansAndSaysSo()
    {
        _house.Write("knobs/no-orleans", "");
        var run = await _house.Run("run.sh");
        Assert.Equal(0, run.ExitCode);
        AssertPublished("false");
        Assert.Contains("building WITHOUT Orleans", run.Errors, StringComparison.Ordinal);
        Assert.Contains("NU1101: Unable to find package Microsoft.Orleans.Sdk.", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Build_AnswerIsKnown_DoesNotAskAgain(bool refused)
    {
        Refuse(refused);
        await _house.Run("run.sh");
        _house.Write("MaelstromGateway/Program.cs", "// changed\n");
        await _house.Run("run.sh");
        Assert.Equal(2, _house.Calls("publish").Count);
        Assert.Equal(1, Probes);
    }

    [Fact]
    public async Task Build_PinnedVersionsChanged_AsksAgain()
    {
        await _house.Run("run.sh");
        _house.Write("Directory.Packages.props", "<Project />\n");
        await _house.Run("run.sh");
        Assert.Equal(2, Probes);
    }

    [Fact]
    public async Task Test_AnswerWasNo_AsksAgainAndRunBuildsWithThen()
    {
        Refuse(true);
        await _house.Run("run.sh");
        File.Delete(_house.At("knobs/no-orleans"));
        await _house.Run("test.sh");
        await _house.Run("test.sh");
        Assert.Equal(2, Probes);

        await _house.Run("run.sh");
        AssertPublished("true");
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Build_EnvironmentSaysWhich_IsObeyedWithoutAsking(string with)
    {
        Refuse(with == "true");
        await _house.Run("run.sh");
        AssertPublished(with == "true" ? "false" : "true");
        _house.Write("knobs/env", $"WITH_ORLEANS={with}\n");
        await _house.Run("run.sh");
        AssertPublished(with);
        Assert.Equal(1, Probes);
    }

    [Fact]
    public async Task Build_EnvironmentSaysNonsense_IsRefused()
    {
        _house.Write("knobs/env", "WITH_ORLEANS=perhaps\n");
        var run = await _house.Run("run.sh");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("'perhaps'; expected true or false", run.Errors, StringComparison.Ordinal);
    }

    private int Probes => _house.Calls("restore").Count(c => c.Contains("orleans-probe", StringComparison.Ordinal));

    private void Refuse(bool refused)
    {
        if (refused)
        {
            _house.Write("knobs/no-orleans", "");
        }
    }

    private void AssertPublished(string with) =>
        Assert.Contains($"-p:WithOrleans={with}", _house.Calls("publish")[^1], StringComparison.Ordinal);
}
