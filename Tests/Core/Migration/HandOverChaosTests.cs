using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>
/// A coordinator hands a shard over and back between three groups, gives up, begins again, while a client counts and
/// everything goes wrong; all drawn from a seed. A failure names the seed.
/// </summary>
public sealed class HandOverChaosTests
{
    private static readonly string[] Groups = ["g1", "g2", "g3"];

    [Fact]
    public void AnyFaults_LeaveOneServerAndEveryWriteOnce()
    {
        Dictionary<string, int> seen = [];
        for (int seed = 1; seed <= 300; seed++)
        {
            Chaos chaos = new(seed, seen);
            for (int step = 0; step < 60; step++)
                chaos.Step();

            chaos.Heal();
        }

        Assert.All(
            ["counted", "counted at once", "prepared", "received", "confirmed", "aborted", "abort refused", "crashed",
                "lost", "doubled", "held", "released late", "two activations", "read", "read during a hand-over"],
            what => Assert.True(seen.GetValueOrDefault(what) >= 20, $"{what}: {seen.GetValueOrDefault(what)} times"));
    }

    private sealed class Chaos
    {
        private readonly ShardCluster _cluster = new(static config => config with
        {
            Log = new LogOptions { CheckpointRecords = 10, ChunkBytes = 64, DigestRecords = 3 },
        });

        private readonly Random _random;
        private readonly Dictionary<string, int> _seen;
        private readonly string _name;
        private (string From, string To, JsonText? Snapshot)? _move;
        private bool _hasReceived;
        private KeyRequest? _pending;
        private int _counter;
        private bool _isHealed;

        internal Chaos(int seed, Dictionary<string, int> seen)
        {
            _random = new Random(seed);
            _seen = seen;
            _name = $"seed {seed}";
            Assert.IsType<ShardDone>(_cluster.Seed("g1", """{"n":0}"""));
            _cluster.Nodes.FateOf = FateOf;
        }

        internal void Step()
        {
            switch (_random.Next(12))
            {
                case 0 or 1 or 2:
                    Count(_random.GetItems(Groups, 1)[0]);
                    break;
                case 3 or 4 or 5 or 6:
                    Coordinate();
                    break;
                case 7:
                    See("crashed");
                    _cluster.Crash(_random.GetItems(Groups, 1)[0]);
                    break;
                case 8 when _cluster.Nodes.Held.Count > 0:
                    See("released late");
                    _cluster.Nodes.Release(_cluster.Nodes.Held[_random.Next(_cluster.Nodes.Held.Count)]);
                    break;
                case 10:
                    Look(_random.GetItems(Groups, 1)[0]);
                    break;
                case 9 when _random.Next(3) == 0:
                    See("two activations");
                    _cluster.Nodes.StartAnother(ShardCluster.At(_random.GetItems(Groups, 1)[0]));
                    break;
                default:
                    break;
            }

            _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(100 * _random.Next(1, 15)));
            AssertOneServes();
        }

        /// <summary>Nothing goes wrong any more: the hand-over comes to its end, and the client to its answers.</summary>
        internal void Heal()
        {
            _isHealed = true;
            _cluster.Nodes.ReleaseAll();
            _cluster.Nodes.Advance(TimeSpan.FromSeconds(10));
            for (int i = 0; i < 100 && (_move is not null || _pending is not null || i < 10); i++)
            {
                Coordinate(mayBegin: false);
                Count(Groups[i % 3]);
                _cluster.Nodes.Advance(TimeSpan.FromSeconds(1));
                AssertOneServes();
            }

            Assert.True(_move is null && _pending is null, $"{_name}: {_move} and {_pending} have not ended");
            string[] serving = [.. Groups.Where(group => _cluster.Ownership(group).Phase == TransferPhase.Serving)];
            Assert.True(serving.Length == 1, $"{_name}: served by {string.Join(", ", serving)}");
            Assert.Equal(Keys.Done($"{_counter}"), _cluster.Read(serving[0], "\"n\""));
            Assert.Equal(new GroupId(serving[0]), _cluster.Map.Query(ShardCluster.Shard).Owner);
            Assert.True(_cluster.Nodes.Alarms.Count == 0, $"{_name}: {string.Join("; ", _cluster.Nodes.Alarms)}");
        }

        // The same request until it is answered: carried out twice or lost, the next finds another value.
        private void Count(string group)
        {
            bool isFirst = _pending is null;
            _pending ??= Keys.Cas("\"n\"", $"{_counter}", $"{_counter + 1}", Keys.Client("c", _counter));
            if (Ask(group, _pending) is KeyReply reply)
            {
                Assert.True(reply.Verdict == KeyVerdict.Done, $"{_name}: {group} answers {reply} to {_pending}");
                _counter++;
                _pending = null;
                See(isFirst ? "counted at once" : "counted");
            }
        }

        // A read that is answered sees every count that was acknowledged; one that is under way may show already.
        private void Look(string group)
        {
            if (Ask(group, Keys.Read("\"n\"")) is KeyReply reply)
            {
                See(_move is null ? "read" : "read during a hand-over");
                bool isRight = reply == Keys.Done($"{_counter}")
                    || (_pending is not null && reply == Keys.Done($"{_counter + 1}"));
                Assert.True(isRight, $"{_name}: {group} reads {reply} after {_counter}");
            }
        }

        private void Coordinate(bool mayBegin = true)
        {
            if (_move is not { } move)
            {
                string[] pair = _random.GetItems(Groups, 2);
                _move = mayBegin && pair[0] != pair[1] ? (pair[0], pair[1], null) : null;
            }
            else if (move.Snapshot is not { } snapshot)
            {
                Prepare(move.From, move.To);
            }
            else if (!_hasReceived && _random.Next(4) == 0)
            {
                Abort(move.From);
            }
            else if (!_hasReceived)
            {
                Receive(move.From, move.To, snapshot);
            }
            else if (_random.Next(3) == 0)
            {
                Abort(move.From);
            }
            else if (Ask(move.From, new ConfirmReceived()) is ShardDone)
            {
                See("confirmed");
                End();
            }
        }

        private void Prepare(string from, string to)
        {
            switch (Ask(from, new PrepareMigration(new GroupId(to))))
            {
                case ShardSnapshotReply prepared:
                    See("prepared");
                    _move = (from, to, prepared.Snapshot);
                    break;
                case ShardRefusal { Kind: ShardRefusalKind.Moved or ShardRefusalKind.WrongState }:
                    End();
                    break;
            }
        }

        private void Receive(string from, string to, JsonText snapshot)
        {
            if (Ask(to, new ReceiveShard(snapshot, new GroupId(from))) is ShardDone)
            {
                See("received");
                _hasReceived = true;
            }
        }

        private void Abort(string source)
        {
            switch (Ask(source, new AbortMigration()))
            {
                case ShardDone:
                    See("aborted");
                    End();
                    break;
                case ShardRefusal { Kind: ShardRefusalKind.WrongState, Owner: not null }:
                    See("abort refused");
                    _hasReceived = true;
                    break;
            }
        }

        private void End()
        {
            _move = null;
            _hasReceived = false;
        }

        private Message? Ask(string group, Message request)
        {
            TestCall call = _cluster.Send(group, request);
            for (int wait = 0; wait < 45 && call.Reply is null; wait++)
                _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(100));

            return call.Reply;
        }

        // Of two activations of one copy an old one may not know yet that it does not serve any more: what counts is
        // whoever has seen the end of its log.
        private void AssertOneServes()
        {
            NodeAddress[] serving =
            [
                .. _cluster.Running().Where(IsCurrent)
                    .Where(static node => node.State.Ownership.Phase == TransferPhase.Serving)
                    .Select(static node => node.Address).Distinct(),
            ];
            Assert.True(serving.Length <= 1, $"{_name}: served by {string.Join(", ", serving)}");
        }

        private bool IsCurrent(ShardNode node) =>
            _cluster.Nodes.Store.Records(ShardCluster.LogOf(node.Address.Name)).Keys.LastOrDefault() == node.Applied.Index;

        private Fate FateOf(Packet packet)
        {
            if (_isHealed || packet is Packet.Store or Packet.Call { From: null })
                return Fate.Deliver;

            (Fate fate, string what) = _random.Next(30) switch
            {
                0 => (Fate.Lose, "lost"),
                1 => (Fate.Duplicate, "doubled"),
                2 => (Fate.Hold, "held"),
                _ => (Fate.Deliver, "delivered"),
            };
            See(what);
            return fate;
        }

        private void See(string what) => _seen[what] = _seen.GetValueOrDefault(what) + 1;
    }
}
