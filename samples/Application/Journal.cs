using System.Text.Json;

namespace OrleansShards.Samples.Application;

/// <summary>The newest state of the application's transfer, in a file that is replaced atomically; it need not exist.</summary>
public sealed class Journal(string file)
{
    /// <summary>The transfer that was stored last.</summary>
    public Transfer Read() => File.Exists(file)
        ? JsonSerializer.Deserialize<Transfer>(File.ReadAllBytes(file)) ?? Transfer.None
        : Transfer.None;

    /// <summary>Stores a transfer; it is durable when this returns.</summary>
    public void Keep(Transfer transfer)
    {
        string fresh = file + ".new";
        using (FileStream stream = File.Create(fresh))
        {
            JsonSerializer.Serialize(stream, transfer);
            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, file, overwrite: true);
    }
}
