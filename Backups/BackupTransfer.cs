namespace OrleansShards.Backups;

/// <summary>A backup's way between a silo's HTTP API and a file. The caller has the connection, its key and its errors.</summary>
public static class BackupTransfer
{
    private const int BufferBytes = 1 << 20;

    /// <summary>
    /// Saves what <c>GET /api/v1/backup</c> sends, and verifies it on the way. The file has its name only when it is whole and synced, and
    /// is its user's alone (0600): it reveals everything.
    /// </summary>
    /// <exception cref="BackupDamageException">It is not whole, or the silo has given it up; no file is left.</exception>
    /// <exception cref="IOException">There is a file of that name, or it cannot be written.</exception>
    public static async Task<BackupReport> SaveAsync(
        Stream answer, string path, IProgress<BackupProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (File.Exists(path))
            throw new IOException($"{path} is there already; expected a name that is not");

        string partial = $"{path}.part";
        try
        {
            BackupReport report;
            await using (FileStream file = new(partial, Private(FileMode.Create)))
            {
                report = await BackupFile.VerifyAsync(new CopyingStream(answer, file), progress, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: false);
            return report;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Opens a file for the body of <c>POST /api/v1/restore</c>; the progress is that of the bytes that were sent.</summary>
    public static Stream OpenForRestore(string path, IProgress<BackupProgress>? progress = null) => new CountingStream(
        new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, useAsync: true),
        progress);

    private static FileStreamOptions Private(FileMode mode)
    {
        FileStreamOptions options = new()
        {
            Mode = mode,
            Access = FileAccess.Write,
            BufferSize = BufferBytes,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        return options;
    }

    // What is read is written elsewhere, too.
    private sealed class CopyingStream(Stream from, Stream to) : ReadingStream(from)
    {
        protected override async ValueTask OnReadAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop) =>
            await to.WriteAsync(bytes, stop);
    }

    private sealed class CountingStream(Stream from, IProgress<BackupProgress>? progress) : ReadingStream(from)
    {
        private long _bytes;

        public override bool CanSeek => true;

        public override long Length => From.Length;

        protected override ValueTask OnReadAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
        {
            _bytes += bytes.Length;
            progress?.Report(new BackupProgress(_bytes, 0, 0, 0));
            return ValueTask.CompletedTask;
        }
    }

    private abstract class ReadingStream(Stream from) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => From.Position;
            set => throw new NotSupportedException();
        }

        protected Stream From { get; } = from;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await From.ReadAsync(buffer, cancellationToken);
            await OnReadAsync(buffer[..read], cancellationToken);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected abstract ValueTask OnReadAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                From.Dispose();

            base.Dispose(disposing);
        }
    }
}
