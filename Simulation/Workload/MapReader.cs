using OrleansShards.Simulation.Checkers;

namespace OrleansShards.Simulation.Workload;

/// <summary>Reads the map through all gateways until the healing. No read shows an older one than a read that ended before.</summary>
internal sealed class MapReader(World world, GatewayCalls calls)
{
    private const long PauseMax = 400_000;
    private const long DeadlineMs = 2_000;

    private readonly Rng _draws = world.Options.Stream("map reader");
    private readonly Dictionary<ulong, string> _maps = [];
    private Epoch _newest;

    internal void Start() => world.After(_draws.Between(0, PauseMax), Next);

    private void Next()
    {
        if (world.IsHealed)
            return;

        Epoch atLeast = _newest;
        ClientRequest question = new ClientRequest.OfPrimary(new QueryConfig(null));
        calls.Ask(_draws.Pick(calls.Gateways), question, DeadlineMs, outcome => OnReply(outcome, atLeast));
        Start();
    }

    private void OnReply(ClientOutcome? outcome, Epoch atLeast)
    {
        if (outcome is not ClientOutcome.Applied { Reply: ConfigReply reply })
            return;

        if (reply.Epoch < atLeast)
        {
            throw new ViolationException(
                "epochs-rise", $"a read of the shard map shows epoch {reply.Epoch}, though {atLeast} was read before it began");
        }

        string map = string.Join(", ", reply.Shards.Select(static pair => $"{pair.Key} {pair.Value}"));
        if (!_maps.TryAdd(reply.Epoch.Value, map) && _maps[reply.Epoch.Value] != map)
            throw new ViolationException("one-map-an-epoch", $"epoch {reply.Epoch} is [{map}], and was [{_maps[reply.Epoch.Value]}]");

        _newest = reply.Epoch > _newest ? reply.Epoch : _newest;
    }
}
