namespace OrleansShards.Tests.House;

public sealed class RunScriptTests : IDisposable
{
    private readonly FakeHouse _house = new();

    public void Dispose() => _house.Dispose();

    [Fact]
    public async Task Run_NothingBuilt_BuildsAndRunsInTheCallersFolder()
    {
        var run = await _house.Run("run.sh", "--data", "a b");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal($"gateway in {_house.At("knobs")}: --data a b\n", run.Output);
        Assert.Contains("Building.", run.Errors, StringComparison.Ordinal);
        Assert.Single(_house.Calls("publish"));
    }

    [Fact]
    public async Task Run_AlreadyBuilt_StartsNothingButTheGateway()
    {
        await _house.Run("run.sh");
        var before = _house.Calls("").Count;
        var run = await _house.Run("run.sh");
        Assert.Equal("", run.Errors);
        Assert.Equal(before + 1, _house.Calls("").Count);
    }

    [Theory]
    [InlineData("echo '// 2' > MaelstromGateway/Program.cs")]
    [InlineData("touch -d 2001-01-01 MaelstromGateway/Program.cs")]
    [InlineData("rm MaelstromGateway/Program.cs")]
    [InlineData("mv MaelstromGateway/Program.cs MaelstromGateway/Other.cs")]
    [InlineData("mkdir MaelstromGateway/New; touch MaelstromGateway/New/A.cs")]
    [InlineData("mkdir Grains; touch Grains/Grains.csproj")]
    [InlineData("echo ' ' >> Directory.Packages.props")]
    [InlineData("touch NuGet.config")]
    [InlineData("echo '#' >> eng/build.sh")]
    [InlineData("rm .build/*/maelstrom-gateway.dll")]
    public async Task Run_WhatItIsMadeOfChanged_BuildsAgainOnce(string change)
    {
        await _house.Run("run.sh");
        await _house.Shell(change);
        await _house.Run("run.sh");
        Assert.Equal(2, _house.Calls("publish").Count);
        await _house.Run("run.sh");
        Assert.Equal(2, _house.Calls("publish").Count);
    }

    [Theory]
    [InlineData("echo '// 2' > Tests/A.cs")]
    [InlineData("mkdir MaelstromGateway/obj; touch MaelstromGateway/obj/A.cs")]
    [InlineData("touch README.md MaelstromGateway/notes.md some.db")]
    [InlineData("touch Silo/Program.cs")]
    public async Task Run_SomethingElseChanged_DoesNotBuild(string change)
    {
        await _house.Run("run.sh");
        await _house.Shell(change);
        await _house.Run("run.sh");
        Assert.Single(_house.Calls("publish"));
    }

    [Fact]
    public async Task Run_ThroughLinks_FindsItsFolder()
    {
        File.CreateSymbolicLink(_house.At("knobs/a"), _house.At("run.sh"));
        File.CreateSymbolicLink(_house.At("knobs/b"), "a");
        var run = await _house.Run("knobs/b", "x");
        Assert.Equal($"gateway in {_house.At("knobs")}: x\n", run.Output);
    }

    [Fact]
    public async Task Run_ManyAtOnce_OneBuildsAndAllRun()
    {
        var runs = await StartTogether(6);
        _house.OpenGate();
        var results = await Task.WhenAll(runs.Select(r => r.Ended()));
        Assert.All(results, r => Assert.StartsWith("gateway in ", r.Output, StringComparison.Ordinal));
        Assert.Single(_house.Calls("publish"));
    }

    [Fact]
    public async Task Run_ManyAtOnceAndTheBuildFails_AllFailWithItAndNoneBuildsAgain()
    {
        _house.Write("knobs/broken", "");
        var runs = await StartTogether(6);
        _house.OpenGate();
        var results = await Task.WhenAll(runs.Select(r => r.Ended()));
        Assert.All(results, r => Assert.Equal((1, ""), (r.ExitCode, r.Output)));
        Assert.All(results, r => Assert.Contains("error CS0001: broken", r.Errors, StringComparison.Ordinal));
        Assert.Single(_house.Calls("publish"));
    }

    [Fact]
    public async Task Run_BuildFailsAfterAGoodOne_RunsNeitherUntilItIsMended()
    {
        await _house.Run("run.sh");
        _house.Write("knobs/broken", "");
        _house.Write("MaelstromGateway/Program.cs", "// broken\n");
        var failed = await _house.Run("run.sh");
        Assert.Equal((1, ""), (failed.ExitCode, failed.Output));

        File.Delete(_house.At("knobs/broken"));
        var mended = await _house.Run("run.sh");
        Assert.Equal(0, mended.ExitCode);
        Assert.Equal(3, _house.Calls("publish").Count);
    }

    [Fact]
    public async Task Run_ReadyToRunCannotBeRestored_BuildsPlainlyAndDoesNotAskAgain()
    {
        _house.Write("knobs/no-ready", "");
        Assert.Equal(0, (await _house.Run("run.sh")).ExitCode);
        await _house.Shell("echo '// 2' > MaelstromGateway/Program.cs");
        Assert.Equal(0, (await _house.Run("run.sh")).ExitCode);
        Assert.All(_house.Calls("publish"), c => Assert.DoesNotContain("ReadyToRun", c, StringComparison.Ordinal));
        Assert.Single(_house.Calls("restore"), c => c.Contains("ReadyToRun", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WithoutDotnet_SaysWhatIsExpected()
    {
        File.Delete(_house.At("tools/dotnet"));
        var run = await _house.Run("run.sh");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(".NET SDK is not installed", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silo_IsAProgramOfItsOwn()
    {
        var run = await _house.Run("run.sh", "silo", "--http-port", "81");
        string shards = $"{_house.At("run.sh")} shards";
        Assert.Equal((0, $"silo in {_house.At("knobs")}: --http-port 81; try {shards}\n"), (run.ExitCode, run.Output));

        await _house.Shell("echo '// 2' > MaelstromGateway/Program.cs");
        await _house.Run("run.sh", "silo");
        Assert.Single(_house.Calls("publish"));
        await _house.Shell("touch Silo/Program.cs");
        await _house.Run("run.sh", "silo");
        Assert.Equal(2, _house.Calls("publish").Count);
    }

    [Fact]
    public async Task Shards_IsAProgramOfItsOwn()
    {
        var run = await _house.Run("run.sh", "shards", "put", "a b", "1");
        Assert.Equal((0, $"shards in {_house.At("knobs")}: put a b 1\n"), (run.ExitCode, run.Output));

        await _house.Shell("touch Silo/Program.cs MaelstromGateway/Program.cs");
        await _house.Run("run.sh", "shards");
        Assert.Single(_house.Calls("publish"));
        await _house.Run("run.sh");
        await _house.Shell("touch Cli/Cli.csproj");
        await _house.Run("run.sh");
        Assert.Equal(2, _house.Calls("publish").Count);
        await _house.Run("run.sh", "shards");
        Assert.Equal(3, _house.Calls("publish").Count);
    }

    [Fact]
    public async Task Play_Samples_ShowsBothSides()
    {
        var run = await _house.Run("run.sh", "--play");
        string[] expected =
        [
            "", "1: two of a kind",
            "-> {\"msg_id\":1}", $"<- gateway in {_house.At("knobs")}: ",
            "-> {\"msg_id\":2}", "<- answer to {\"msg_id\":1}",
            "<- answer to {\"msg_id\":2}", "",
        ];
        Assert.Equal(expected, run.Output.Split('\n'));
        Assert.Equal(0, run.ExitCode);
    }

    private async Task<List<ScriptRun>> StartTogether(int count)
    {
        _house.CloseGate();
        List<ScriptRun> runs = [.. Enumerable.Range(0, count).Select(_ => _house.Start("run.sh"))];
        // One builds and never says that it waits; which one, the lock decides.
        var waiting = runs.Select(r => r.Waiting).ToList();
        for (var others = 1; others < count; others++)
        {
            var first = await Task.WhenAny(waiting);
            await first;
            waiting.Remove(first);
        }

        return runs;
    }
}
