namespace OrleansShards.Tests.Storage;

/// <summary>
/// A file system on a block device of its own that can be made to fail. The device is a file in memory: where that memory is used up, the
/// kernel cannot write a block that it has not written before. It takes such a write, and says so at the flush, once. Needs to be root.
/// </summary>
internal sealed class LoopDisk : IDisposable
{
    private readonly TemporaryMount _memory = new(kibibytes: 128 << 10);
    private readonly TemporaryDirectory _directory = new();
    private readonly string _device;

    /// <param name="journal">
    /// Whether the file system has one. With it, names are never lost that were flushed, and a failure may make it read-only until
    /// <see cref="Restart"/>; without it, files go on failing and succeeding one by one.
    /// </param>
    internal LoopDisk(bool journal)
    {
        string image = System.IO.Path.Combine(_memory.Path, "image");
        using (FileStream file = File.Create(image))
            file.SetLength(256 << 20);

        // All inodes are written: a file system that loses these is damaged itself, and so are files that nobody has changed.
        (int made, _) = TemporaryMount.Run(
            "mkfs.ext4", "-q", "-F", "-i", "4096", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0",
            "-O", $"{(journal ? "" : "^")}has_journal,^uninit_bg", image);
        (int code, string device) = TemporaryMount.Run("losetup", "--find", "--show", image);
        _device = device.Trim();
        if (made != 0 || code != 0 || !TryMount())
        {
            Dispose();
            Assert.Skip("a file system on a loop device cannot be made here: it takes mkfs.ext4, losetup, and a kernel that has them");
        }
    }

    /// <summary>Where the file system is.</summary>
    internal string Path => _directory.Path;

    private string Ballast => System.IO.Path.Combine(_memory.Path, "ballast");

    /// <summary>From here on blocks that are written for the first time are lost.</summary>
    internal void Fail()
    {
        byte[] some = new byte[64 << 10];
        using FileStream file = File.Create(Ballast, bufferSize: 0);
        try
        {
            while (true)
                file.Write(some);
        }
        catch (IOException)
        {
            // The memory is used up.
        }
    }

    /// <summary>Writes succeed again. What was lost stays so, and the kernel may still show it.</summary>
    internal void Heal() => File.Delete(Ballast);

    /// <summary>As a machine that starts again: what the disk does not have is gone. Nobody may use it.</summary>
    internal void Restart()
    {
        Assert.True(TemporaryMount.Run("umount", Path).Code == 0, $"{Path} cannot be unmounted");

        // 1 and 2 say that errors were corrected.
        (int code, string said) = TemporaryMount.Run("e2fsck", "-f", "-y", _device);
        Assert.True(code <= 2, $"e2fsck ends with {code}: {said}");
        Assert.True(TryMount(), $"{Path} cannot be mounted again");
    }

    public void Dispose()
    {
        TemporaryMount.Run("umount", "-l", Path);
        if (_device.Length > 0)
            TemporaryMount.Run("losetup", "--detach", _device);

        _directory.Dispose();
        _memory.Dispose();
    }

    private bool TryMount() => TemporaryMount.Run("mount", "-o", "errors=continue", _device, Path).Code == 0;
}
