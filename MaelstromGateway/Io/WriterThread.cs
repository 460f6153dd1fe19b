namespace OrleansShards.MaelstromGateway.Io;

/// <summary>The thread that writes what a queue holds, until that is complete or the output takes no more.</summary>
/// <param name="output">stdout.</param>
/// <param name="queue">What is written.</param>
/// <param name="broken">Called once if the output takes no more.</param>
internal sealed class WriterThread(Stream output, OutputQueue queue, Action<Exception> broken)
{
    private readonly Thread _thread = new(() => Run(output, queue, broken)) { IsBackground = true, Name = "writer" };

    /// <summary>Starts it.</summary>
    internal void Start() => _thread.Start();

    /// <summary>Waits for its end.</summary>
    internal void Join() => _thread.Join();

    private static void Run(Stream output, OutputQueue queue, Action<Exception> broken)
    {
        try
        {
            for (var bytes = queue.Take(); !bytes.IsEmpty; bytes = queue.Take())
            {
                output.Write(bytes.Span);
                output.Flush();
                queue.Written(bytes.Length);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            queue.Break();
            broken(error);
        }
    }
}
