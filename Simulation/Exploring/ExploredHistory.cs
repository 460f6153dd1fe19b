namespace OrleansShards.Simulation.Exploring;

/// <summary>What clients have asked and got, in the order of asking and answering.</summary>
internal sealed class ExploredHistory
{
    private readonly List<Asked> _all = [];
    private int _order;

    internal IReadOnlyList<Asked> All => _all;

    internal Asked Begin(int client, ClientRequest request)
    {
        Asked asked = new(client, request, ++_order);
        _all.Add(asked);
        return asked;
    }

    internal void End(Asked asked, Message outcome) => (asked.Outcome, asked.EndedAt) = (outcome, ++_order);

    /// <summary>A request: when it began and ended in the order of all, and its outcome; null while it is open.</summary>
    internal sealed class Asked(int client, ClientRequest request, int beganAt)
    {
        internal int Client { get; } = client;

        internal ClientRequest Request { get; } = request;

        internal int BeganAt { get; } = beganAt;

        internal int EndedAt { get; set; } = int.MaxValue;

        internal Message? Outcome { get; set; }
    }
}
