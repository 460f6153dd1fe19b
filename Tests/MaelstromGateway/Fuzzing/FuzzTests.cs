using System.Text;
using System.Text.Json;
using OrleansShards.Tests.MaelstromGateway.Scenarios;

namespace OrleansShards.Tests.MaelstromGateway.Fuzzing;

/// <summary>100,000 bad lines against the whole gateway with its cluster: nothing breaks, and good requests are
/// answered.</summary>
public sealed class FuzzTests
{
    private const int Rounds = 20;
    private const int LinesPerRound = 2_000;
    private const int LinesPerCheck = 500;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, int> _seen = [];

    [Fact]
    public void Gateway_FortyThousandMutatedLines_GoesOnAndAnswersGoodOnes()
    {
        string[] lines =
        [
            .. ScenarioFiles.All
                .SelectMany(static scenario => scenario.Steps)
                .Where(static step => step.Kind == StepKind.Send
                    && step.Text.StartsWith('{') && step.Text.Length < 2_000)
                .Where(static step => IsJson(step.Text))
                .Select(static step => step.Text)
                .Distinct(),
        ];
        for (int seed = 1; seed <= Rounds; seed++)
            Round(new LineMutator(new Random(seed), lines), seed);

        // The lines are neither all good nor all hopeless: every kind of answer is among theirs.
        foreach (string kind in new[] { "read_ok", "write_ok", "seed_shard_ok", "1", "10", "12", "20", "22" })
        {
            Assert.True(_seen.GetValueOrDefault(kind) > 40,
                $"{kind}: {_seen.GetValueOrDefault(kind)} of {string.Join(", ", _seen)}");
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            JsonDocument.Parse(text).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Round(LineMutator mutator, int seed)
    {
        // Short deadlines: many of the lines are writes to shards that are being handed over.
        using IScenarioGateway gateway = new InProcessScenarioHost().Start(
            [
                "--key-deadline-ms", "20", "--deadline-ms", "500", "--move-deadline-ms", "500",
                "--log-level", "error",
            ]);
        string init =
            GatewayHarness.Line("good", "init", 0, "\"node_id\":\"g1\",\"node_ids\":[\"g1\",\"g2\",\"n1\",\"n2\"]",
                "g1");
        gateway.Send(Encoding.UTF8.GetBytes(init + "\n"));
        Check(gateway, 0, seed);
        for (int sent = 0; sent < LinesPerRound; sent += LinesPerCheck)
        {
            for (int line = 0; line < LinesPerCheck; line++)
                gateway.Send([.. mutator.Next(), (byte)'\n']);

            int number = sent + 1;
            string good =
                GatewayHarness.Line("good", "write", number, $"\"key\":\"good\",\"value\":{number},\"shard\":15", "n2");
            gateway.Send(Encoding.UTF8.GetBytes(good + "\n"));
            Check(gateway, number, seed);
        }

        Assert.Equal(0, gateway.EndInput());
        while (gateway.ReadLine(Limit) is { } line)
            Look(line, seed);

        Assert.Equal("", gateway.Errors);
    }

    /// <summary>Reads until the good request is answered, and looks at all that comes before.</summary>
    private void Check(IScenarioGateway gateway, int number, int seed)
    {
        while (true)
        {
            string? line;
            try
            {
                line = gateway.ReadLine(Limit);
            }
            catch (TimeoutException)
            {
                line = null;
            }

            Assert.True(line is not null,
                $"seed {seed}: the good request {number} is not answered within {Limit}: {gateway.Errors}");
            if (Look(line, seed) == "good" && Reply.AnswersTo(line) == number)
                return;
        }
    }

    /// <summary>What every line on stdout has to be; answers whom it is for.</summary>
    private string Look(string line, int seed)
    {
        using JsonDocument message = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 128 });
        JsonElement body = message.RootElement.GetProperty("body");
        string kind = body.GetProperty("type").GetString()!;
        if (kind == "error")
        {
            int code = body.GetProperty("code").GetInt32();
            Assert.True(code != 13, $"seed {seed}: an internal fault: {line}");
            Assert.True(body.GetProperty("text").GetRawText().Length > 10, line);
            kind = $"{code}";
        }

        Assert.True(body.GetProperty("in_reply_to").TryGetInt64(out _), line);
        Assert.True(body.GetProperty("msg_id").TryGetInt64(out _), line);
        Assert.Equal(JsonValueKind.String, message.RootElement.GetProperty("src").ValueKind);
        _seen[kind] = _seen.GetValueOrDefault(kind) + 1;
        return Name(message.RootElement.GetProperty("dest"));
    }

    // A name may be half a surrogate pair, which is fine as JSON and none as a .NET string.
    private static string Name(JsonElement name)
    {
        Assert.Equal(JsonValueKind.String, name.ValueKind);
        return name.GetRawText().Trim('"');
    }
}
