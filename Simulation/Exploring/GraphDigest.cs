using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace OrleansShards.Simulation.Exploring;

/// <summary>
/// The digest of everything that can be reached from an object: every field, whatever its type, so that nothing is forgotten when a
/// node gets a further field. Two objects with equal digests behave alike from then on.
/// </summary>
/// <remarks>
/// What only differs in how a collection is laid out is equal: a dictionary is its entries in the order of their keys' digests, a list
/// its elements. Objects that are reached twice are told from objects that are equal. A call and a request to the store go by their
/// <see cref="RunNames"/>, not by their numbers.
/// </remarks>
internal sealed class GraphDigest
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Fields = [];

    private readonly Dictionary<object, int> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly RunNames _names;
    private readonly Incarnation? _self;
    private Digest128 _digest = Digest128.Empty;

    private GraphDigest(RunNames names, Incarnation? self) => (_names, _self) = (names, self);

    /// <summary>The digest of several objects that share what they reach.</summary>
    internal static Digest128 Of(RunNames names, params ReadOnlySpan<object?> roots) => Of(names, null, roots);

    /// <summary>The digest of a run.</summary>
    internal static Digest128 Of(RunNames names, NodeRun run) => Of(names, run.Id, [run.Node, run.Owes]);

    private static Digest128 Of(RunNames names, Incarnation? self, ReadOnlySpan<object?> roots)
    {
        GraphDigest walk = new(names, self);
        foreach (object? root in roots)
            walk.Walk(root);

        return walk._digest;
    }

    private void Walk(object? item)
    {
        if (item is null)
        {
            Add(1);
            return;
        }

        Type type = item.GetType();
        if (TryAddValue(item, type))
            return;

        if (!type.IsValueType && !_seen.TryAdd(item, _seen.Count))
        {
            Add(2);
            Add((ulong)_seen[item]);
            return;
        }

        AddText(type.Name);
        WalkInside(item, type);
    }

    private bool TryAddValue(object item, Type type)
    {
        switch (item)
        {
            case string text:
                AddText(text);
                return true;
            case MemberInfo member:
                AddText(member.Name);
                return true;
            case World or Machine or Trace or RunNumbers or List<Effect>:
                return true;
            case CallId or OpId:
                _digest = _digest.With(_names.Of(item, _self));
                return true;
            case ReadOnlyMemory<byte> bytes:
                AddBytes(bytes.Span);
                return true;
            case byte[] array:
                AddBytes(array);
                return true;
        }

        if (type.IsEnum || (type.IsPrimitive && item is not (double or float)))
        {
            Add(item is ulong or UIntPtr
                ? Convert.ToUInt64(item, CultureInfo.InvariantCulture)
                : unchecked((ulong)Convert.ToInt64(item, CultureInfo.InvariantCulture)));
            return true;
        }

        return type.IsPrimitive && AddReal(Convert.ToDouble(item, CultureInfo.InvariantCulture));
    }

    private void WalkInside(object item, Type type)
    {
        if (item is Delegate code)
        {
            AddText(code.Method.DeclaringType!.FullName!);
            AddText(code.Method.Name);
            Walk(code.Target);
        }
        else if (item is Array array)
        {
            WalkAll(array);
        }
        else if (IsCollection(type))
        {
            if (IsUnordered(type))
                WalkUnordered((IEnumerable)item);
            else
                WalkAll((IEnumerable)item);
        }
        else
        {
            foreach (FieldInfo field in FieldsOf(type))
                Walk(field.GetValue(item));
        }
    }

    private void WalkAll(IEnumerable items)
    {
        ulong count = 0;
        foreach (object? one in items)
        {
            Walk(one);
            count++;
        }

        Add(count);
    }

    private void WalkUnordered(IEnumerable items)
    {
        List<((ulong Age, Digest128 Digest) Key, object? Item)> sorted = [];
        if (items is IDictionary entries)
        {
            foreach (DictionaryEntry entry in entries)
                sorted.Add((OrderOf(entry.Key), new KeyValuePair<object, object?>(entry.Key, entry.Value)));
        }
        else
        {
            foreach (object? one in items)
                sorted.Add((OrderOf(one), one));
        }

        sorted.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        WalkAll(sorted.Select(static one => one.Item));
    }

    // Calls are given up in the order in which they were made.
    private (ulong Age, Digest128 Digest) OrderOf(object? key) => ((key as CallId?)?.Number ?? 0, Of(_names, _self, [key]));

    private static bool IsCollection(Type type) =>
        type.IsAssignableTo(typeof(IEnumerable)) && type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true
        && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>));

    private static bool IsUnordered(Type type)
    {
        if (!type.IsGenericType)
            return false;

        Type open = type.GetGenericTypeDefinition();
        return open == typeof(Dictionary<,>) || open == typeof(HashSet<>) || open == typeof(ImmutableDictionary<,>)
            || open == typeof(ImmutableHashSet<>);
    }

    /// <summary>All fields of a type and of those it derives from.</summary>
    internal static FieldInfo[] FieldsOf(Type type)
    {
        if (Fields.TryGetValue(type, out FieldInfo[]? known))
            return known;

        const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        List<FieldInfo> all = [];
        for (Type? at = type; at is not null && at != typeof(object); at = at.BaseType)
            all.AddRange(at.GetFields(Own).OrderBy(static field => field.MetadataToken));

        return Fields[type] = [.. all];
    }

    private void Add(ulong value) => _digest = _digest.With(value);

    private bool AddReal(double value)
    {
        Add((ulong)BitConverter.DoubleToInt64Bits(value));
        return true;
    }

    private void AddText(string text) => AddBytes(MemoryMarshal.AsBytes(text.AsSpan()));

    private void AddBytes(ReadOnlySpan<byte> bytes) => _digest = _digest.With(bytes);
}

/// <summary>
/// Names calls and requests to the store by what they ask and, among the open ones that ask the same, by the first free number. The
/// number that the run gave them also counts what it asked before; without it, states that differ in that alone have one digest.
/// </summary>
internal sealed class RunNames
{
    private readonly Dictionary<object, (Digest128 What, ulong Which)> _open = [];
    private readonly HashSet<(Digest128 What, ulong Which)> _taken = [];
    private readonly Dictionary<object, Digest128> _names = [];

    /// <summary>Names a call or request that is made now.</summary>
    /// <param name="id">The call or request.</param>
    /// <param name="what">The digest of what it asks, and of its run.</param>
    internal void Add(object id, Digest128 what)
    {
        ulong which = 1;
        while (!_taken.Add((what, which)))
            which++;

        _open[id] = (what, which);
        _names[id] = what.With(which);
    }

    /// <summary>Its answer arrives now. From here on, a reference that its run keeps to it is like any other stale one.</summary>
    internal void End(object id)
    {
        if (_open.Remove(id, out (Digest128 What, ulong Which) name))
            _taken.Remove(name);
    }

    /// <param name="id">The call or request.</param>
    /// <param name="self">
    /// The run that holds it. Only a run's own calls are known to be open or not: the end of another run's call does not reach it.
    /// </param>
    /// <exception cref="InvalidOperationException">It was never named.</exception>
    internal Digest128 Of(object id, Incarnation? self)
    {
        (Incarnation run, ulong number) = id switch
        {
            CallId call => (call.Caller, call.Number),
            OpId op => (op.Run, op.Number),
            _ => throw new ArgumentException($"{id} is neither a call nor a request", nameof(id)),
        };
        if (number == 0 || (run == self && _names.ContainsKey(id) && !_open.ContainsKey(id)))
            return Digest128.Empty.With(number == 0 ? 0UL : 1);

        return _names.TryGetValue(id, out Digest128 name) ? name : throw new InvalidOperationException($"{id} has no name");
    }
}

/// <summary>128 bits: enough that two of a million states do not meet by chance.</summary>
internal readonly record struct Digest128(ulong High, ulong Low) : IComparable<Digest128>
{
    internal static Digest128 Empty { get; } = new(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F);

    internal Digest128 With(ulong value)
    {
        ulong high = BitOperations.RotateLeft((High ^ value) * 0xFF51AFD7ED558CCD, 29);
        ulong low = BitOperations.RotateLeft((Low + value) * 0xC4CEB9FE1A85EC53, 37) ^ high;
        return new Digest128(high * 0x9FB21C651E98DF25, low * 0xD6E8FEB86659FD93);
    }

    internal Digest128 With(Digest128 other) => With(other.High).With(other.Low);

    internal Digest128 With(ReadOnlySpan<byte> bytes)
    {
        Digest128 digest = With((ulong)bytes.Length);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
            digest = digest.With(word);

        foreach (byte rest in bytes[(words.Length * sizeof(ulong))..])
            digest = digest.With(rest);

        return digest;
    }

    /// <summary>The sum of digests does not depend on their order.</summary>
    internal Digest128 Plus(Digest128 other) => new(High + other.High, Low + other.Low);

    public int CompareTo(Digest128 other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);
}
