namespace OrleansShards.Tests.House;

public sealed class TestScriptTests : IDisposable
{
    private const string Failure = """
        <test name="N.C.M(x: &quot;a&lt;b&quot;)" result="Fail"><failure><message>1 &lt; 2
        expected</message><stack-trace>at N.C.M</stack-trace></failure></test>
        """;

    private readonly FakeHouse _house = new();

    public TestScriptTests() => Results(passed: 3);

    public void Dispose() => _house.Dispose();

    [Fact]
    public async Task Test_AllPass_EndsWithTheCountAndZero()
    {
        Results(passed: 3, skipped: 1, notRun: 1);
        var run = await _house.Run("test.sh");
        Assert.Equal((0, "5 passed, 0 failed, 2 skipped"), (run.ExitCode, run.LastLine));
    }

    [Fact]
    public async Task Test_SomeFail_SaysWhichAndWhyAtTheEnd()
    {
        Results(passed: 3, failed: 1, errors: 1);
        _house.Write("knobs/exit", "1");
        var run = await _house.Run("test.sh");
        Assert.Equal((1, "5 passed, 2 failed, 0 skipped"), (run.ExitCode, run.LastLine));
        Assert.Contains("FAILED N.C.M(x: \"a<b\")\n    1 < 2\n    expected\n", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_AllPassButTheProgramSaysOtherwise_Fails()
    {
        _house.Write("knobs/exit", "3");
        var run = await _house.Run("test.sh");
        Assert.Equal((1, "5 passed, 0 failed, 0 skipped"), (run.ExitCode, run.LastLine));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("<assemblies><assembly passed=\"9\"")]
    public async Task Test_ProgramDiesBeforeItsResults_IsAFailure(string? results)
    {
        File.Delete(_house.At("knobs/results"));
        if (results is not null)
            _house.Write("knobs/results", results);

        _house.Write("knobs/exit", "134");
        var run = await _house.Run("test.sh");
        Assert.Equal((1, "2 passed, 1 failed, 0 skipped"), (run.ExitCode, run.LastLine));
        Assert.Contains("ended with 134 and left no results", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_NothingRan_Fails()
    {
        Results(passed: 0, skipped: 2);
        var run = await _house.Run("test.sh", "Nothing.Like.It");
        Assert.Equal((1, "0 passed, 0 failed, 2 skipped"), (run.ExitCode, run.LastLine));
        Assert.Contains("no name contains 'Nothing.Like.It'", run.Errors, StringComparison.Ordinal);
        Assert.Contains("-method *Nothing.Like.It* ", _house.Calls("tests.dll").Single(), StringComparison.Ordinal);
        Assert.Empty(_house.Calls("simulation.dll"));
    }

    [Fact]
    public async Task Test_Everything_SimulatesFixedAndFreshSeedsWithEveryFault()
    {
        await _house.Run("test.sh");
        Assert.Equal(2, _house.Calls("simulation.dll --profile all").Count);
        Assert.Contains("--first 1 --seeds 1500", _house.Calls("simulation.dll")[0], StringComparison.Ordinal);
        Assert.Contains("--demand-all-faults", _house.Calls("simulation.dll")[0], StringComparison.Ordinal);
        Assert.DoesNotContain("--first", _house.Calls("simulation.dll")[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_SimulatorFindsAViolation_Fails()
    {
        _house.Write("knobs/simulation", "1");
        var run = await _house.Run("test.sh");
        Assert.Equal((1, "3 passed, 2 failed, 0 skipped"), (run.ExitCode, run.LastLine));
        Assert.Contains("FAILED simulating fresh seeds", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 0, "2 passed, 0 failed, 0 skipped")]
    [InlineData("1", 1, "0 passed, 2 failed, 0 skipped")]
    public async Task Simulate_Asked_RunsNoTestButTheSimulator(string ending, int exitCode, string counts)
    {
        _house.Write("knobs/simulation", ending);
        var run = await _house.Run("test.sh", "simulate");
        Assert.Equal((exitCode, counts), (run.ExitCode, run.LastLine));
        Assert.Empty(_house.Calls("tests.dll"));
        Assert.Single(_house.Calls("msbuild Simulation/Simulation.csproj -restore"));
    }

    [Fact]
    public async Task Test_BuildFails_RunsNothing()
    {
        _house.Write("knobs/broken", "");
        var run = await _house.Run("test.sh");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("the build failed, so no test was run", run.Errors, StringComparison.Ordinal);
        Assert.Empty(_house.Calls("tests.dll"));
    }

    [Theory]
    [InlineData(true, "", 1)]
    [InlineData(true, "Some", 0)]
    [InlineData(false, "", 0)]
    public async Task Test_InCi_VerifiesTheFormatFirst(bool ci, string name, int formats)
    {
        _house.Write("knobs/env", ci ? "CI=true\n" : "X=\n");
        await _house.Run("test.sh", name.Length > 0 ? [name] : []);
        Assert.Equal(formats, _house.Calls("format").Count);
        Assert.Single(_house.Calls("msbuild OrleansShards.sln"));
    }

    [Fact]
    public async Task Ci_Run_IsTheWholeTestInCiMode()
    {
        var run = await _house.Run(".ci/run");
        Assert.Equal((0, "5 passed, 0 failed, 0 skipped"), (run.ExitCode, run.LastLine));
        Assert.Single(_house.Calls("format"));
    }

    [Fact]
    public async Task Rules_Asked_AreRunWithWhatFollows()
    {
        await _house.Shell(
            """
            printf "%s\n" "#!/usr/bin/env bash" "echo rules: \$*" >eng/rules.sh
            chmod +x eng/rules.sh
            """);
        Assert.Equal("rules: a b\n", (await _house.Run("test.sh", "rules", "a", "b")).Output);
    }

    [Fact]
    public async Task Planted_Asked_IsRunWithWhatFollows()
    {
        await _house.Shell("""printf "%s\n" "#!/usr/bin/env bash" "echo planted: \$*" >eng/planted.sh""");
        Assert.Equal("planted: a --b\n", (await _house.Run("test.sh", "planted", "a", "--b")).Output);
    }

    private void Results(int passed, int failed = 0, int errors = 0, int skipped = 0, int notRun = 0) =>
        _house.Write("knobs/results", $"""
            <assemblies><assembly name="a" errors="{errors}" failed="{failed}" not-run="{notRun}" passed="{passed}"
            skipped="{skipped}" total="9"><collection failed="7" passed="7"><test name="N.C.P" result="Pass" />
            {(failed > 0 ? Failure : "")}
            </collection></assembly></assemblies>

            """);
}
