using System.Globalization;
using System.Text.Json;

namespace OrleansShards.Tests.Processes;

/// <summary>
/// Sources that write rising numbers, each to a key of its own, each with one write under way: after any crash a key
/// has the last number that was acknowledged, or one that was sent after it and whose outcome nobody was told.
/// </summary>
internal sealed class WriteBurst(int sources)
{
    private readonly long[] _acknowledged = new long[sources];
    private readonly long[] _sent = new long[sources];
    private long _ids;

    internal long Acknowledged { get; private set; }

    /// <summary>Writes until so many writes have been acknowledged in this round; more are then under way.</summary>
    internal void Run(GatewayProcess gateway, string node, int count)
    {
        for (int source = 0; source < sources; source++)
            Write(gateway, node, source);

        gateway.Flush();
        for (int done = 0; done < count; done++)
        {
            Write(gateway, node, Take(gateway));
            gateway.Flush();
        }
    }

    /// <summary>Takes the answers of the writes that are still under way.</summary>
    internal void Finish(GatewayProcess gateway)
    {
        for (int source = 0; source < sources; source++)
            Take(gateway);
    }

    /// <summary>Reads every key back, and goes on from what is there.</summary>
    internal void Verify(Func<string, JsonElement> read)
    {
        for (int source = 0; source < sources; source++)
        {
            JsonElement body = read($"k{source}");
            long found = body.GetProperty("type").GetString() == "read_ok" ? body.GetProperty("value").GetInt64() : 0;
            bool isAnswer = found > 0 || body.GetProperty("code").GetInt32() == 20;
            Assert.True(isAnswer, $"k{source}: expected a value, or 20 for none; seen {body}");
            Assert.True(
                found >= _acknowledged[source] && found <= _sent[source],
                $"k{source} is {found}; acknowledged was {_acknowledged[source]}, under way {_sent[source]}");
            _acknowledged[source] = _sent[source] = found;
        }
    }

    private int Take(GatewayProcess gateway)
    {
        (string name, JsonElement body) = gateway.Receive();
        Assert.Equal("write_ok", body.GetProperty("type").GetString());
        int source = int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture);
        _acknowledged[source] = _sent[source];
        Acknowledged++;
        return source;
    }

    private void Write(GatewayProcess gateway, string node, int source)
    {
        string value = (++_sent[source]).ToString(CultureInfo.InvariantCulture);
        string id = (++_ids).ToString(CultureInfo.InvariantCulture);
        gateway.Send(GatewayProcess.Line(
            $"c{source}", node, $$"""{"type":"write","msg_id":{{id}},"key":"k{{source}}","value":{{value}}}"""));
    }
}
