namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>The notation of the scenarios: a test that accepts anything would show nothing.</summary>
public sealed class LinePatternTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""", true)]
    [InlineData("""{"a":1}""", """{"a":1 }""", false)]
    [InlineData("""{"a":<number>}""", """{"a":-12}""", true)]
    [InlineData("""{"a":<number>}""", """{"a":"12"}""", false)]
    [InlineData("""{"a":<number>}""", """{"a":1,"b":2}""", false)]
    [InlineData("""{"a":<string>}""", """{"a":"x\"y"}""", true)]
    [InlineData("""{"a":<string>}""", """{"a":"x","b":"y"}""", false)]
    [InlineData("""{"a":<string with x.y>}""", """{"a":"1 x.y 2"}""", true)]
    [InlineData("""{"a":<string with x.y>}""", """{"a":"1 x+y 2"}""", false)]
    [InlineData("""{"a":<11 or 0>}""", """{"a":0}""", true)]
    [InlineData("""{"a":<11 or 0>}""", """{"a":11}""", true)]
    [InlineData("""{"a":<11 or 0>}""", """{"a":10}""", false)]
    [InlineData("""{"a":<any>}""", """{"a":[{}]}""", true)]
    [InlineData("""{"a":"<repeat ab 3>"}""", """{"a":"ababab"}""", true)]
    public void IsMatch_APattern_TakesWhatItSays(string pattern, string line, bool isMatch)
    {
        Assert.Equal(isMatch, LinePattern.IsMatch(pattern, line));
    }

    [Fact]
    public void Bytes_WhatStandsInBrackets_IsWhatIsSent()
    {
        Assert.Equal("aé\r\n"u8.ToArray(), LinePattern.Bytes("a<byte C3><byte A9><carriage return>"));
        Assert.Equal("xx"u8.ToArray(), LinePattern.Bytes("<repeat x 2><no line feed>"));
    }

    [Fact]
    public void Parse_AFile_GivesItsScenarios()
    {
        var scenarios =
            ScenarioFiles.Parse("f",
                ["== one ==", "options: --shards 3", "# prose", "> a", "< b", "", "== two", "not with silos: why", "restart"]);

        Assert.Equal(["f: one", "f: two"], scenarios.Select(static scenario => scenario.Name));
        Assert.Equal(["--shards", "3"], scenarios[0].Options);
        Assert.Equal([new(StepKind.Send, "a", 4), new ScenarioStep(StepKind.Expect, "b", 5)], scenarios[0].Steps);
        Assert.Equal(StepKind.Restart, Assert.Single(scenarios[1].Steps).Kind);
        Assert.Equal("silos", Assert.Single(scenarios[1].NotWith));
        Assert.Throws<FormatException>(static () => ScenarioFiles.Parse("f", ["== one", "what?"]));
        Assert.Throws<FormatException>(static () => ScenarioFiles.Parse("f", ["== one", "not with silos"]));
        Assert.Throws<FormatException>(static () => ScenarioFiles.Parse("f", ["== one", "not with snails: slow"]));
    }

    [Fact]
    public void All_TheScenarios_AreManyAndHaveDifferentNames()
    {
        Assert.True(ScenarioFiles.All.Count > 40, $"{ScenarioFiles.All.Count} scenarios");
        Assert.Equal(ScenarioFiles.All.Count, ScenarioFiles.All.DistinctBy(static scenario => scenario.Name).Count());
        Assert.All(ScenarioFiles.All, static scenario =>
            Assert.Contains(scenario.Steps, static step => step.Kind == StepKind.Send));
    }
}
