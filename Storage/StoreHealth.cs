namespace OrleansShards.Storage;

/// <summary>
/// Whether the store may go on. After a failure that leaves in doubt what the disk holds nothing more is read or
/// written: a record that could not be seen now might be back after the file is opened anew, and somebody would have
/// been told that it is not there.
/// </summary>
internal sealed class StoreHealth
{
    private string? _broken;

    /// <summary>Why nothing more is done; null while all is well.</summary>
    internal string? Broken => Volatile.Read(ref _broken);

    /// <summary>The first reason stays.</summary>
    internal void Break(string text) => Interlocked.CompareExchange(
        ref _broken, $"The store has stopped and reads and writes nothing more until it is opened anew. {text}", null);
}
