using System.Text.Json;

namespace OrleansShards.Tests.House;

public sealed class SamplesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "samples");

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Folder, "*.jsonl").Select(f => Path.GetFileName(f))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_EveryLine_IsARequestThatCanBeAnswered(string name)
    {
        foreach (var line in File.ReadLines(Path.Combine(Folder, name)))
        {
            using var message = JsonDocument.Parse(line);
            var body = message.RootElement.GetProperty("body");
            Assert.NotEmpty(message.RootElement.GetProperty("src").GetString()!);
            Assert.NotEmpty(message.RootElement.GetProperty("dest").GetString()!);
            Assert.NotEmpty(body.GetProperty("type").GetString()!);
            Assert.True(body.GetProperty("msg_id").TryGetInt64(out _));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_FirstLine_IsInit(string name)
    {
        using var first = JsonDocument.Parse(File.ReadLines(Path.Combine(Folder, name)).First());
        Assert.Equal("init", first.RootElement.GetProperty("body").GetProperty("type").GetString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_Name_HasAHeadingInTheReadme(string name) =>
        Assert.Contains(
            File.ReadLines(Path.Combine(Folder, "README.md")),
            line => line.StartsWith($"- `{name}`: ", StringComparison.Ordinal));
}
