using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Records;
using Record = OrleansShards.Core.Records.Record;

namespace OrleansShards.Tests.Core.Records;

public sealed class RecordTableProperties
{
    private const int LargeBytes = RecordHeap.SharedBytesMax + 100;

    private enum Act
    {
        Set,
        SetMany,
        Remove,
        RemoveMany,
        Freeze,
        MoveView,
        Close,
        Clear,
    }

    [Fact]
    public void AnyOperations_AreWhatADictionaryWouldSay_AndAViewShowsTheMomentOfTheFreeze()
    {
        Dictionary<string, int> seen = [];
        Gen<Step> step =
            from act in Gen.Frequency(
                (12, Gen.Constant(Act.Set)), (2, Gen.Constant(Act.SetMany)), (6, Gen.Constant(Act.Remove)),
                (1, Gen.Constant(Act.RemoveMany)), (3, Gen.Constant(Act.Freeze)), (4, Gen.Constant(Act.MoveView)),
                (3, Gen.Constant(Act.Close)), (1, Gen.Frequency((1, Gen.Constant(Act.Clear)), (4, Gen.Constant(Act.Set)))))
            from key in Gen.Choose(0, 12)
            from bytes in Gen.Frequency(
                (8, Gen.Choose(0, 200)), (1, Gen.Choose(0, RecordHeap.SharedBytesMax)), (1, Gen.Constant(LargeBytes)))
            select new Step(act, key, bytes);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(step.ArrayOf(120).ToArbitrary(), steps =>
        {
            Play play = new(seen);
            foreach (Step next in steps)
                play.Take(next);

            play.ShowAll();
        }));

        Assert.All(
            ["overwritten while frozen", "removed while frozen", "added while frozen", "cleared while frozen", "whole view",
                "compacted", "large", "large removed", "shrunk"],
            what => Assert.True(seen.GetValueOrDefault(what) >= 20, $"{what}: {seen.GetValueOrDefault(what)} times"));
    }

    [Fact]
    public void Freeze_WhileAViewIsOpen_IsABrokenInvariant()
    {
        RecordTable table = new();
        table.Freeze();

        Assert.Throws<BrokenInvariantException>(table.Freeze);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(100, 7)]
    [InlineData(2_000, 3)]
    public void Replace_AgainAndAgain_KeepsTheGarbageBelowAThird(int bytes, int stride)
    {
        const int Records = 3_000;
        RecordTable table = new();
        for (int key = 0; key < Records; key++)
            Set(table, $"{key}", bytes, 0);

        long full = table.Capacity;
        for (int write = 0; write < 5 * Records; write++)
        {
            Set(table, $"{write * stride % Records}", bytes, write);
            Assert.InRange(table.Capacity, 1, (full * 4 / 3) + (2 * full / 8));
        }
    }

    [Fact]
    public void Remove_NearlyEverything_GivesTheMemoryBack()
    {
        RecordTable table = new();
        for (int key = 0; key < 5_000; key++)
            Set(table, $"{key}", 100, key);

        long full = table.Capacity;
        for (int key = 0; key < 4_990; key++)
            table.Remove(Find(table, $"{key}"));

        Assert.InRange(table.Capacity, 1, full / 4);
        Assert.Equal(10, table.All().Count());
    }

    [Fact]
    public void Record_OfAnOldTable_StaysWhatItWas()
    {
        RecordTable table = new();
        Set(table, "k", 50, 1);
        Record old = table[0];
        string was = Text(old);
        for (int write = 0; write < 500; write++)
            Set(table, "k", 50, write);

        table.Clear();
        Assert.Equal(was, Text(old));
    }

    [Fact]
    public void ToKeep_SmallSlice_DoesNotKeepTheSegment()
    {
        RecordTable table = new();
        Set(table, "small", 100, 1);
        Set(table, "large", LargeBytes, 2);

        Assert.False(Record.ToKeep(table[0].Body).Span.Overlaps(table[0].Body.Span));
        Assert.True(Record.ToKeep(table[1].Body).Span.Overlaps(table[1].Body.Span));
    }

    private static int Find(RecordTable table, string id)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(id);
        return table.Find(bytes, StableHash.Of(bytes));
    }

    private static void Set(RecordTable table, string id, int bytes, int version)
    {
        (byte[] head, byte[] body) = Parts(bytes, version);
        byte[] name = Encoding.UTF8.GetBytes(id);
        int number = Find(table, id);
        if (number < 0)
            table.Add(name, StableHash.Of(name), head, body);
        else
            table.Replace(number, head, body);
    }

    private static (byte[] Head, byte[] Body) Parts(int bytes, int version)
    {
        byte[] body = new byte[bytes];
        Array.Fill(body, (byte)('a' + (version % 26)));
        return (Encoding.UTF8.GetBytes($"{version}"), body);
    }

    private static string Text(Record record) => $"{Text(record.Id)} {Text(record.Head)} {Text(record.Body)}";

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private sealed record Step(Act Act, int Key, int Bytes);

    private sealed class Play(Dictionary<string, int> seen)
    {
        private const int Many = 40;

        private readonly RecordTable _table = new();
        private readonly Dictionary<string, string> _model = [];
        private Dictionary<string, string> _frozen = [];
        private Dictionary<string, string> _shown = [];
        private FrozenRecords? _view;
        private int _version;

        internal void Take(Step step)
        {
            Note(step);
            switch (step.Act)
            {
                case Act.Set:
                    Put($"{step.Key}", step.Bytes);
                    break;
                case Act.SetMany:
                    for (int key = 0; key < Many; key++)
                        Put($"{step.Key}-{key}", step.Bytes % 300);
                    break;
                case Act.Remove:
                    Remove($"{step.Key}");
                    break;
                case Act.RemoveMany:
                    for (int key = 0; key < Many; key++)
                        Remove($"{step.Key}-{key}");
                    break;
                case Act.Freeze when _view is null:
                    (_view, _frozen, _shown) = (_table.Freeze(), new(_model), []);
                    break;
                case Act.MoveView when _view is not null:
                    Show();
                    break;
                case Act.Close when _view is not null:
                    Close();
                    break;
                case Act.Clear:
                    _table.Clear();
                    _model.Clear();
                    break;
            }

            AssertSame();
        }

        // A view that outlives a clear shows what it showed.
        internal void ShowAll()
        {
            while (_view is not null && Show())
            {
            }

            Assert.Equal(_view is null ? [] : _frozen, _view is null ? [] : _shown);
        }

        private void Put(string key, int bytes)
        {
            long before = _table.Capacity;
            Set(_table, key, bytes, ++_version);
            _model[key] = Text(_table[Find(_table, key)]);
            (byte[] head, byte[] body) = Parts(bytes, _version);
            Assert.Equal($"{key} {Text(head)} {Text(body)}", _model[key]);
            See("compacted", _table.Capacity < before && bytes < RecordHeap.SharedBytesMax);
            See("large", bytes == LargeBytes);
        }

        private void Remove(string key)
        {
            int number = Find(_table, key);
            Assert.Equal(_model.ContainsKey(key), number >= 0);
            if (number < 0)
                return;

            long before = _table.Capacity;
            See("large removed", _model[key].Length > LargeBytes);
            Assert.Equal(_model.Count - 1, _table.Remove(number));
            _model.Remove(key);
            See("shrunk", _table.Capacity < before);
        }

        private bool Show()
        {
            bool moved = _view!.MoveNext();
            if (moved)
                _shown.Add(Text(_view.Current.Id), Text(_view.Current));

            return moved;
        }

        private void Close()
        {
            while (_shown.Count % 2 == 0 && Show())
            {
            }

            Assert.Subset(_frozen.ToHashSet(), _shown.ToHashSet());
            See("whole view", _shown.Count == _frozen.Count);
            _view!.Close();
            _view = null;
        }

        private void AssertSame()
        {
            Assert.Equal(_model.Count, _table.Count);
            for (int key = 0; key <= 12; key++)
            {
                int number = Find(_table, $"{key}");
                Assert.Equal(_model.GetValueOrDefault($"{key}"), number < 0 ? null : Text(_table[number]));
            }

            Assert.Equal(_model, _table.All().ToDictionary(static record => Text(record.Id), Text));
        }

        private void Note(Step step)
        {
            bool isFrozen = _view is not null;
            string key = $"{step.Key}";
            See("overwritten while frozen", isFrozen && step.Act == Act.Set && _frozen.ContainsKey(key));
            See("added while frozen", isFrozen && step.Act == Act.Set && !_frozen.ContainsKey(key));
            See("removed while frozen", isFrozen && step.Act == Act.Remove && _model.ContainsKey(key));
            See("cleared while frozen", isFrozen && step.Act == Act.Clear);
        }

        private void See(string what, bool isSeen) => seen[what] = seen.GetValueOrDefault(what) + (isSeen ? 1 : 0);
    }
}
