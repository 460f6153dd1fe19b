using FsCheck;
using FsCheck.Fluent;
using OrleansShards.Core;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Shards;

public sealed class FreezableMapProperties
{
    private enum Act
    {
        Set,
        Remove,
        Freeze,
        MoveView,
        Close,
        Clear,
    }

    [Fact]
    public void AnyOperations_AreWhatADictionaryWouldSay_AndAViewShowsTheMomentOfTheFreeze()
    {
        Dictionary<string, int> seen = [];
        Gen<(Act, int)> step =
            from act in Gen.Frequency(
                (12, Gen.Constant(Act.Set)), (6, Gen.Constant(Act.Remove)), (3, Gen.Constant(Act.Freeze)),
                (4, Gen.Constant(Act.MoveView)), (3, Gen.Constant(Act.Close)), (1, Gen.Frequency(
                    (1, Gen.Constant(Act.Clear)), (4, Gen.Constant(Act.Set)))))
            from key in Gen.Choose(0, 12)
            select (act, key);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(400),
            Prop.ForAll(step.ArrayOf(120).ToArbitrary(), steps => Play(steps, seen)));

        Assert.All(
            ["overwritten while frozen", "removed while frozen", "added while frozen", "removed after frozen add",
                "write while merging", "frozen while merging", "cleared while frozen", "whole view"],
            what => Assert.True(seen.GetValueOrDefault(what) >= 20, $"{what}: {seen.GetValueOrDefault(what)} times"));
    }

    [Fact]
    public void Freeze_WhileAViewIsOpen_IsABrokenInvariant()
    {
        FreezableMap<int, int> map = new();
        map.Freeze();

        Assert.Throws<BrokenInvariantException>(map.Freeze);
    }

    [Fact]
    public void Set_AfterAViewIsClosed_MergesTheOverlayLittleByLittle()
    {
        FreezableMap<int, int> map = new();
        FrozenView<int, int> view = map.Freeze();
        for (int key = 0; key < 40; key++)
            map.Set(key, key);

        view.Close();
        int writes = 0;
        for (; map.HasOverlay; writes++)
            map.Set(-1, writes);

        Assert.InRange(writes, 10, 12);
        Assert.Equal(41, map.Count);
    }

    private static void Play((Act Act, int Key)[] steps, Dictionary<string, int> seen)
    {
        FreezableMap<int, int> map = new();
        Dictionary<int, int> model = [];
        Dictionary<int, int> frozen = [];
        Dictionary<int, int> shown = [];
        FrozenView<int, int>? view = null;
        int value = 0;
        foreach ((Act act, int key) in steps)
        {
            Note(seen, act, key, view is not null, map, model, frozen);
            switch (act)
            {
                case Act.Set:
                    map.Set(key, ++value);
                    model[key] = value;
                    break;
                case Act.Remove:
                    Assert.Equal(model.Remove(key), map.Remove(key));
                    break;
                case Act.Freeze when view is null:
                    (view, frozen, shown) = (map.Freeze(), new(model), []);
                    break;
                case Act.MoveView when view is not null:
                    Show(view, shown);
                    break;
                case Act.Close when view is not null:
                    Finish(view, frozen, shown, seen);
                    view = null;
                    break;
                case Act.Clear:
                    map.Clear();
                    model.Clear();
                    break;
            }

            AssertSame(model, map);
        }

        // A view that outlives a clear shows what it showed.
        while (view is not null && Show(view, shown))
        {
        }

        Assert.Equal(view is null ? [] : frozen, view is null ? [] : shown);
    }

    private static bool Show(FrozenView<int, int> view, Dictionary<int, int> shown)
    {
        bool moved = view.MoveNext();
        if (moved)
            shown.Add(view.Current.Key, view.Current.Value);

        return moved;
    }

    private static void Finish(
        FrozenView<int, int> view,
        Dictionary<int, int> frozen,
        Dictionary<int, int> shown,
        Dictionary<string, int> seen)
    {
        while (shown.Count % 2 == 0 && Show(view, shown))
        {
        }

        Assert.Subset(frozen.ToHashSet(), shown.ToHashSet());
        seen["whole view"] = seen.GetValueOrDefault("whole view") + (shown.Count == frozen.Count ? 1 : 0);
        view.Close();
    }

    private static void AssertSame(Dictionary<int, int> model, FreezableMap<int, int> map)
    {
        Assert.Equal(model.Count, map.Count);
        for (int key = 0; key <= 12; key++)
        {
            Assert.Equal(model.TryGetValue(key, out int expected), map.TryGet(key, out int found));
            Assert.Equal(expected, found);
        }

        Assert.Equal(model.OrderBy(static item => item.Key), map.All().OrderBy(static item => item.Key));
    }

    private static void Note(
        Dictionary<string, int> seen, Act act, int key, bool isFrozen, FreezableMap<int, int> map,
        Dictionary<int, int> model, Dictionary<int, int> frozen)
    {
        string? what = (act, isFrozen) switch
        {
            (Act.Set, true) => frozen.ContainsKey(key) ? "overwritten while frozen" : "added while frozen",
            (Act.Remove, true) when model.ContainsKey(key) =>
                frozen.ContainsKey(key) ? "removed while frozen" : "removed after frozen add",
            (Act.Set or Act.Remove, false) when map.HasOverlay => "write while merging",
            (Act.Freeze, false) when map.HasOverlay => "frozen while merging",
            (Act.Clear, true) => "cleared while frozen",
            _ => null,
        };
        if (what is not null)
            seen[what] = seen.GetValueOrDefault(what) + 1;
    }
}
