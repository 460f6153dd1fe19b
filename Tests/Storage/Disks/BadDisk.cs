namespace OrleansShards.Tests.Storage.Disks;

/// <summary>The calls that change a disk.</summary>
internal enum DiskCall
{
    Write,
    Flush,
    FlushNames,
    Link,
    Other,
}

/// <summary>What becomes of a call.</summary>
internal enum DiskFault
{
    None,

    /// <summary>It fails with EIO. A flush is not made up for by a later one: the kernel has dropped what could not be written.</summary>
    Fails,

    /// <summary>It is carried out, and fails with EIO all the same.</summary>
    FailsWhenDone,

    /// <summary>Half is written, and then the disk is full.</summary>
    IsShort,

    /// <summary>The power is off.</summary>
    IsGone,
}

/// <summary>
/// A disk that fails at the call that a test chooses, and that takes back what was not flushed when its power is cut: all of it or any
/// part, a write sector by sector, and a name apart from the file that it stands for.
/// </summary>
/// <remarks>
/// The files are on a real disk, where they are read and written as ever; beside that this remembers what is flushed. What a power cut
/// leaves is taken at the moment of the cut, and every later call fails. Thread-safe: calls are made one at a time.
/// </remarks>
internal sealed class BadDisk
{
    private readonly Random _random;
    private readonly VolatileFolder _root = new();
    private (DiskCall Call, int After, DiskFault Fault, string NameEnds)? _next;
    private int? _cutAfter;
    private volatile bool _isCut;

    /// <param name="path">The directory that the disk is mounted on; what is there is flushed.</param>
    /// <param name="random">Draws what a power cut leaves.</param>
    internal BadDisk(string path, Random random)
    {
        (Path, _random) = (path, random);
        Load(_root, path);
    }

    internal string Path { get; }

    /// <summary>Held for each call.</summary>
    internal Lock Gate { get; } = new();

    internal bool IsCut => _isCut;

    /// <summary>What the last fault befell; null for none yet.</summary>
    internal string? Felt { get; private set; }

    /// <summary>How many flushed or written things the cut took back.</summary>
    internal int TakenBack { get; private set; }

    /// <summary>What the power cut has left: each file's bytes by its path on the disk. Folders end with a slash.</summary>
    internal SortedDictionary<string, byte[]> Left { get; } = new(StringComparer.Ordinal);

    /// <summary>The call of this kind after so many others goes wrong; of files only whose name ends so.</summary>
    internal void FailAfter(DiskCall call, int after, DiskFault fault, string nameEnds = "")
    {
        lock (Gate)
            (_next, Felt) = ((call, after, fault, nameEnds), null);
    }

    internal void CutPowerAfter(int calls)
    {
        lock (Gate)
            _cutAfter = calls;
    }

    /// <summary>Returns false if it was cut before.</summary>
    internal bool CutPower(bool keepAll = false)
    {
        lock (Gate)
        {
            if (_isCut)
                return false;

            // All, most, half or nothing of what was not flushed is there, part by part.
            Keep keep = new(_random, keepAll ? 1 : _random.Next(4) switch { 0 => 0, 1 => 0.5, 2 => 0.95, _ => 1 });
            Survive(_root, "", keep);
            TakenBack = keep.TakenBack;
            _isCut = true;
            return true;
        }
    }

    /// <summary>What is to become of a call. Called with the gate held.</summary>
    internal DiskFault Decide(DiskCall call, string path)
    {
        if (_cutAfter is { } left && (_cutAfter = left - 1) <= 0)
            CutPower();

        if (_isCut)
            return DiskFault.IsGone;

        if (_next is not { } next || next.Call != call || !path.EndsWith(next.NameEnds, StringComparison.Ordinal))
            return DiskFault.None;

        _next = next.After > 0 ? next with { After = next.After - 1 } : null;
        if (next.After > 0)
            return DiskFault.None;

        Felt = $"{next.Fault} {call} {System.IO.Path.GetRelativePath(Path, path)}";
        return next.Fault;
    }

    internal void CreateFolder(string path)
    {
        var (parent, name) = Locate(path);
        if (!parent.Now.ContainsKey(name))
            parent.Name(name, new VolatileFolder());
    }

    internal VolatileFile CreateFile(string path)
    {
        var (parent, name) = Locate(path);
        VolatileFile file = new();
        parent.Name(name, file);
        return file;
    }

    internal VolatileFile? FindFile(string path)
    {
        var (parent, name) = Locate(path);
        return parent.Now.GetValueOrDefault(name) as VolatileFile;
    }

    internal void Link(string path, string newPath)
    {
        var file = FindFile(path) ?? throw new InvalidOperationException($"there is no file {path}");
        var (parent, name) = Locate(newPath);
        parent.Name(name, file);
    }

    internal void Remove(string path)
    {
        var (parent, name) = Locate(path);
        parent.Name(name, null);
    }

    internal void FlushNames(string path, bool fails)
    {
        var (parent, name) = Locate(System.IO.Path.Combine(path, "."));
        Assert.Equal(".", name);
        parent.Flush(fails);
    }

    /// <summary>Writes what a power cut has left into an empty directory.</summary>
    internal static void Restore(SortedDictionary<string, byte[]> left, string path)
    {
        foreach (var (name, bytes) in left)
        {
            var place = System.IO.Path.Combine(path, name);
            if (name.EndsWith('/'))
                Directory.CreateDirectory(place);
            else
                File.WriteAllBytes(place, bytes);
        }
    }

    private static void Load(VolatileFolder folder, string path)
    {
        foreach (var file in Directory.GetFiles(path))
            folder.Name(System.IO.Path.GetFileName(file), new VolatileFile(File.ReadAllBytes(file)));

        foreach (var below in Directory.GetDirectories(path))
        {
            VolatileFolder loaded = new();
            folder.Name(System.IO.Path.GetFileName(below), loaded);
            Load(loaded, below);
        }

        folder.Flush(fails: false);
    }

    private (VolatileFolder Parent, string Name) Locate(string path)
    {
        var folder = _root;
        var steps = path[Path.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (var step in steps.SkipLast(1))
            folder = (VolatileFolder)folder.Now[step];

        return (folder, steps.Length == 0 ? "." : steps[^1]);
    }

    private void Survive(VolatileFolder folder, string path, Keep keep)
    {
        foreach (var (name, node) in folder.Left(keep))
        {
            if (node is VolatileFile file)
            {
                Left.Add(path + name, file.Left(keep));
            }
            else
            {
                Left.Add($"{path}{name}/", []);
                Survive((VolatileFolder)node, $"{path}{name}/", keep);
            }
        }
    }
}

/// <summary>Draws, part by part, whether something that was not flushed is there after the power cut.</summary>
internal sealed class Keep(Random random, double share)
{
    internal int TakenBack { get; private set; }

    internal bool Draw()
    {
        var stays = random.NextDouble() < share;
        TakenBack += stays ? 0 : 1;
        return stays;
    }

    /// <summary>How many of so many changes of one thing, each on top of the one before, are there.</summary>
    internal int DrawFirst(int changes)
    {
        var stay = share is 0 or 1 ? (int)share * changes : random.Next(changes + 1);
        TakenBack += changes - stay;
        return stay;
    }
}
