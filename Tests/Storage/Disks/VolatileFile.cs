namespace OrleansShards.Tests.Storage.Disks;

/// <summary>A file's flushed bytes, and what has been written since.</summary>
internal sealed class VolatileFile(byte[]? flushed = null)
{
    private const int SectorBytes = 512;

    private readonly List<(long At, byte[]? Bytes)> _changes = [];
    private byte[] _flushed = flushed ?? [];

    /// <summary>Whether nothing was ever written to it.</summary>
    internal bool IsNew => _flushed.Length == 0 && _changes.Count == 0;

    internal void Write(long at, ReadOnlySpan<byte> bytes) => _changes.Add((at, bytes.ToArray()));

    internal void Cut(long length) => _changes.Add((length, null));

    /// <summary>After a flush that fails the kernel counts what was written as clean, and no later flush writes it.</summary>
    internal void Flush(bool fails)
    {
        if (!fails)
        {
            foreach (var (at, bytes) in _changes)
                _flushed = bytes is null ? Resized(_flushed, at) : Written(_flushed, at, bytes);
        }

        _changes.Clear();
    }

    /// <summary>What is there after a power cut: of each write any sectors, whichever order they were written in.</summary>
    internal byte[] Left(Keep keep)
    {
        var left = _flushed.ToArray();
        foreach (var (at, bytes) in _changes)
        {
            if (bytes is null)
            {
                left = keep.Draw() ? Resized(left, at) : left;
                continue;
            }

            for (long from = at, end = at + bytes.Length, next; from < end; from = next)
            {
                next = Math.Min(end, ((from / SectorBytes) + 1) * SectorBytes);
                if (keep.Draw())
                    left = Written(left, from, bytes.AsSpan((int)(from - at), (int)(next - from)));
            }
        }

        return left;
    }

    private static byte[] Written(byte[] to, long at, ReadOnlySpan<byte> bytes)
    {
        var written = Resized(to, Math.Max(to.Length, at + bytes.Length));
        bytes.CopyTo(written.AsSpan((int)at));
        return written;
    }

    // In place where the length stays: a database's pages are written over and over.
    private static byte[] Resized(byte[] bytes, long length)
    {
        if (bytes.Length == length)
            return bytes;

        Array.Resize(ref bytes, (int)length);
        return bytes;
    }
}

/// <summary>A folder's names: those that programs see, and those that are flushed.</summary>
internal sealed class VolatileFolder
{
    private readonly Dictionary<string, object> _flushed = new(StringComparer.Ordinal);
    private readonly List<(string Name, object? Node)> _changes = [];

    internal Dictionary<string, object> Now { get; } = new(StringComparer.Ordinal);

    /// <summary>From now on the name stands for this file or folder; null for none.</summary>
    internal void Name(string name, object? node)
    {
        Change(Now, name, node);
        _changes.Add((name, node));
    }

    internal void Flush(bool fails)
    {
        if (!fails)
            _changes.ForEach(change => Change(_flushed, change.Name, change.Node));

        _changes.Clear();
    }

    /// <summary>What the names stand for after a power cut: each as it was at some moment since the last flush.</summary>
    internal IEnumerable<KeyValuePair<string, object>> Left(Keep keep)
    {
        Dictionary<string, object> left = new(_flushed, StringComparer.Ordinal);
        foreach (var ofName in _changes.GroupBy(change => change.Name))
        {
            foreach (var (name, node) in ofName.Take(keep.DrawFirst(ofName.Count())))
                Change(left, name, node);
        }

        return left;
    }

    private static void Change(Dictionary<string, object> names, string name, object? node)
    {
        if (node is null)
            names.Remove(name);
        else
            names[name] = node;
    }
}
