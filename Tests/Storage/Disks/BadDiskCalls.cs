using OrleansShards.Storage.Directory;

namespace OrleansShards.Tests.Storage.Disks;

/// <summary>The directory store's calls, on a disk that fails. Nothing is flushed for real: the disk says what is.</summary>
internal sealed class BadDiskCalls(BadDisk disk) : DiskCalls
{
    private const int InputOutput = 5;
    private const int NoSpace = 28;

    internal override void WriteNew(string path, ReadOnlySpan<byte> content, bool durable)
    {
        lock (disk.Gate)
        {
            var fault = Decided(DiskCall.Write, path);
            var written = fault == DiskFault.None ? content : content[..(content.Length / 2)];
            base.WriteNew(path, written, durable: false);
            var file = disk.CreateFile(path);
            file.Write(0, written);
            if (fault != DiskFault.None)
                throw Failure(path, fault == DiskFault.IsShort ? NoSpace : InputOutput);

            if (!durable)
                return;

            var fails = Decided(DiskCall.Flush, path) != DiskFault.None;
            file.Flush(fails);
            if (fails)
                throw Failure(path, InputOutput);
        }
    }

    internal override int Link(string file, string name)
    {
        lock (disk.Gate)
        {
            var fault = Decided(DiskCall.Link, name);
            if (fault == DiskFault.Fails)
                return InputOutput;

            var error = base.Link(file, name);
            if (error == 0)
                disk.Link(file, name);

            return fault == DiskFault.FailsWhenDone ? InputOutput : error;
        }
    }

    internal override void Rename(string file, string name)
    {
        lock (disk.Gate)
        {
            Decided(DiskCall.Other, name);
            base.Rename(file, name);
            disk.Link(file, name);
            disk.Remove(file);
        }
    }

    internal override void Delete(string path)
    {
        lock (disk.Gate)
        {
            Decided(DiskCall.Other, path);
            base.Delete(path);
            if (disk.FindFile(path) is not null)
                disk.Remove(path);
        }
    }

    internal override void CreateDirectory(string path)
    {
        lock (disk.Gate)
        {
            Decided(DiskCall.Other, path);
            base.CreateDirectory(path);
            for (var at = disk.Path.Length; (at = path.IndexOf('/', at + 1)) > 0;)
                disk.CreateFolder(path[..at]);

            disk.CreateFolder(path);
        }
    }

    internal override int SyncDirectory(string path)
    {
        lock (disk.Gate)
        {
            // What is above the disk is another one's.
            if (path.Length < disk.Path.Length)
                return 0;

            var fails = Decided(DiskCall.FlushNames, path) != DiskFault.None;
            disk.FlushNames(path, fails);
            return fails ? InputOutput : 0;
        }
    }

    private DiskFault Decided(DiskCall call, string path) =>
        disk.Decide(call, path) is var fault and not DiskFault.IsGone ? fault : throw Failure(path, InputOutput);

    private static IOException Failure(string path, int error) => new($"a test's disk fails at '{path}' (errno {error})", error);
}
