using FsCheck;
using FsCheck.Fluent;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Shards;

public sealed class ShardStateProperties
{
    private const int SessionsMax = 3;

    private enum Act
    {
        Key,
        Seal,
        Grant,
        Confirm,
        StartAbort,
        FinishAbort,
        RefuseAbort,
        Seed,
        Install,
        Freeze,
    }

    [Fact]
    public void Apply_AnyEntries_IsWhatTheModelSays()
    {
        Dictionary<string, int> seen = [];
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(Plays(), steps =>
        {
            Play play = new(seen);
            foreach (Step step in steps)
                play.Take(step);

            play.AssertReplayIsTheSame();
            play.AssertRestoredIsTheSame();
        }));

        string[] wanted =
        [
            "Read present", "Read absent", "Write present", "Write absent", "Delete present", "Delete absent",
            "cas hits", "cas hits by value", "cas differs", "cas creates", "cas finds nothing", "repeated", "stale",
            "refused", "repeated where not served", "session dropped", "Seal", "Grant", "Confirm", "StartAbort",
            "FinishAbort",
            "RefuseAbort", "Seed", "Install", "writes while frozen", "restored in the middle",
        ];
        Assert.All(wanted, what =>
            Assert.True(seen.GetValueOrDefault(what) >= 20, $"{what}: {seen.GetValueOrDefault(what)} times"));
    }

    private static Arbitrary<Step[]> Plays()
    {
        Gen<Act> acts = Gen.Frequency(
            (40, Gen.Constant(Act.Key)), (2, Gen.Constant(Act.Seal)), (2, Gen.Constant(Act.Grant)),
            (1, Gen.Constant(Act.Confirm)), (2, Gen.Constant(Act.StartAbort)), (2, Gen.Constant(Act.FinishAbort)),
            (2, Gen.Constant(Act.RefuseAbort)), (1, Gen.Constant(Act.Seed)), (2, Gen.Constant(Act.Install)),
            (1, Gen.Constant(Act.Freeze)));
        Gen<Step> steps =
            from act in acts
            from verb in Gen.Elements(KeyVerb.Read, KeyVerb.Write, KeyVerb.Write, KeyVerb.CompareAndSet, KeyVerb.Delete)
            from key in Gen.Choose(0, ShardModel.KeyTexts.Length - 1)
            from value in Gen.Choose(0, ShardModel.ValueTexts.Length - 1)
            from expected in Gen.Choose(0, ShardModel.ValueTexts.Length - 1)
            from create in Gen.Elements(true, false)
            from kind in Gen.Elements(SessionKind.None, SessionKind.Client, SessionKind.Router)
            from name in Gen.Choose(0, 4)
            from sequence in Gen.Elements(-1, 0, 0, 1, 1, 1)
            select new Step(act, verb, key, value, expected, create, kind, $"c{name}", sequence);
        return steps.ArrayOf(80).ToArbitrary();
    }

    private sealed record Step(
        Act Act, KeyVerb Verb, int Key, int Value, int Expected, bool Create, SessionKind Kind, string Name,
        int Sequence);

    private sealed class Play(Dictionary<string, int> seen)
    {
        private static readonly GroupId Target = new("g2");

        private readonly ShardReplay _shard = Opened();
        private readonly ShardModel _model = new(SessionsMax) { Phase = TransferPhase.Serving, Seen = seen };
        private readonly Dictionary<(SessionKind, string), long> _sequences = [];
        private readonly List<Message> _outcomes = [ShardDone.Instance];
        private readonly List<byte[]> _chunks = [];
        private ICheckpointSource? _source;
        private (int Entries, ulong Digest) _frozen;
        private bool _hasMore;

        internal void Take(Step step)
        {
            if (_source is not null && _hasMore)
            {
                _hasMore = WriteChunk(_source, _chunks);
                See("writes while frozen");
            }

            if (step.Act == Act.Key)
                Key(step);
            else if (step.Act == Act.Freeze)
                Freeze();
            else
                HandOver(step);

            Assert.Equal(_model.Phase, _shard.State.Ownership.Phase);
            Assert.Equal(_model.Snapshot(), _shard.Snapshot());
        }

        internal void AssertReplayIsTheSame()
        {
            ShardState replayed = new(ShardReplay.Self, SessionsMax);
            foreach ((byte[] entry, Message outcome) in _shard.Entries.Zip(_outcomes))
                Assert.Equal(outcome, replayed.Apply(LogCursor.Start, entry));

            Assert.Equal(_shard.State.Digest, replayed.Digest);
        }

        internal void AssertRestoredIsTheSame()
        {
            if (_source is null)
                return;

            while (_hasMore)
                _hasMore = WriteChunk(_source, _chunks);

            See("restored in the middle");
            ShardState restored = new(ShardReplay.Self, SessionsMax);
            _chunks.ForEach(chunk => restored.Restore(chunk));
            Assert.Equal(_frozen.Digest, restored.Digest);
            foreach ((byte[] entry, Message outcome) in _shard.Entries.Zip(_outcomes).Skip(_frozen.Entries))
                Assert.Equal(outcome, restored.Apply(LogCursor.Start, entry));

            Assert.Equal(_shard.State.Digest, restored.Digest);
            Assert.Equal(_shard.State.ContentDigest(), restored.ContentDigest());
            Assert.Equal(_shard.Snapshot(), restored.Snapshot().ToString());
        }

        private static ShardReplay Opened() => ShardReplay.Serving(SessionsMax);

        private static bool WriteChunk(ICheckpointSource source, List<byte[]> chunks)
        {
            OrleansShards.Core.Bytes.ByteWriter writer = new();
            bool more = source.WriteNext(writer, 40);
            chunks.Add(writer.ToArray());
            return more;
        }

        private void Freeze()
        {
            _source?.Dispose();
            _chunks.Clear();
            _frozen = (_shard.Entries.Count, _shard.State.Digest);
            _source = _shard.State.Freeze();
            _hasMore = true;
        }

        private void Key(Step step)
        {
            SessionTag session = SessionTag.None;
            if (step.Kind != SessionKind.None)
            {
                long last = _sequences.GetValueOrDefault((step.Kind, step.Name), 5);
                long sequence = last + step.Sequence;
                _sequences[(step.Kind, step.Name)] = Math.Max(last, sequence);
                session = new SessionTag(step.Kind, step.Name, sequence);
            }

            KeyRequest request = new(session, new KeyCommand(
                step.Verb,
                JsonText.Parse(ShardModel.KeyTexts[step.Key].Text),
                step.Verb is KeyVerb.Write or KeyVerb.CompareAndSet ? Value(step.Value) : default,
                step.Verb == KeyVerb.CompareAndSet ? Value(step.Expected) : default,
                step.Create && step.Verb == KeyVerb.CompareAndSet));
            Message outcome = _shard.Do(request);
            _outcomes.Add(outcome);
            KeyReply? expected = _model.Do(request);
            if (expected is null)
                Assert.IsType<ShardRefusal>(outcome);
            else
                Assert.Equal(expected, outcome);
        }

        private void HandOver(Step step)
        {
            ShardOwnership before = _shard.State.Ownership;
            TransferEntry entry = EntryOf(step, before);
            Message outcome = _shard.Do(entry);
            _outcomes.Add(outcome);
            Assert.True(_shard.State.Ownership.Epoch >= before.Epoch, "an epoch has fallen");
            Follow(step);
            if (_shard.State.Ownership != before)
                See(step.Act.ToString());
        }

        private TransferEntry EntryOf(Step step, ShardOwnership ownership)
        {
            Epoch next = ownership.Epoch.Next().Next();
            return step.Act switch
            {
                Act.Seal => new TransferEntry.Prepare(Target),
                Act.Grant => new TransferEntry.Relinquish(
                    Target, RelinquishReason.Receive, _shard.State.ContentDigest(), ownership.Epoch),
                Act.Confirm => new TransferEntry.Confirm(ownership.Granted),
                Act.StartAbort => new TransferEntry.StartAbort(ownership.Granted),
                Act.FinishAbort => new TransferEntry.FinishAbort(ownership.Granted),
                Act.RefuseAbort => new TransferEntry.RefuseAbort(ownership.Granted),
                Act.Seed => new TransferEntry.Seed(next, Content(step)),
                Act.Install => new TransferEntry.Install(next, Content(step).Digest(), Content(step)),
                _ => throw new ArgumentException(step.Act.ToString(), nameof(step)),
            };
        }

        // The transitions once more, in as few words as possible.
        private void Follow(Step step)
        {
            TransferPhase phase = _model.Phase;
            _model.Phase = (step.Act, phase) switch
            {
                (Act.Seal, TransferPhase.Serving) => TransferPhase.Sealed,
                (Act.Grant, TransferPhase.Sealed) => TransferPhase.Granted,
                (Act.Confirm, TransferPhase.Sealed or TransferPhase.Granted) => TransferPhase.Released,
                (Act.StartAbort, TransferPhase.Granted) => TransferPhase.Aborting,
                (Act.StartAbort, TransferPhase.Sealed) => TransferPhase.Serving,
                (Act.FinishAbort, TransferPhase.Aborting) => TransferPhase.Serving,
                (Act.RefuseAbort, TransferPhase.Aborting) => TransferPhase.Granted,
                (Act.Seed or Act.Install, TransferPhase.Released) => TransferPhase.Serving,
                _ => phase,
            };
            if (step.Act == Act.Confirm && phase is TransferPhase.Sealed or TransferPhase.Granted)
            {
                _model.Drop();
            }
            else if ((step.Act == Act.Seed && phase is TransferPhase.Serving or TransferPhase.Released)
                || (step.Act == Act.Install && phase == TransferPhase.Released))
            {
                _model.Replace(
                    ShardModel.KeyTexts[step.Key].Text, ShardModel.ValueTexts[step.Value].Text, step.Name, 9);
            }
        }

        private static ShardContent Content(Step step)
        {
            ShardContent content = new();
            content.Items.Add((JsonText.Parse(ShardModel.KeyTexts[step.Key].Text), Value(step.Value)));
            content.Sessions.Add((SessionName.Of(step.Name), 9, RecordedReply.WriteOk, default));
            return content;
        }

        private static JsonText Value(int index) => JsonText.Parse(ShardModel.ValueTexts[index].Text);

        private void See(string what) => seen[what] = seen.GetValueOrDefault(what) + 1;
    }
}
