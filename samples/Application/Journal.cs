using System.Text.Json;

namespace OrleansShards.Samples.Application;

/// <summary>The newest state of the application's transfer, in a file that a crash leaves old or new, never half.</summary>
/// <param name="file">The file; need not be there.</param>
public sealed class Journal(string file)
{
    /// <summary>What was kept last.</summary>
    public Transfer Read() => File.Exists(file)
        ? JsonSerializer.Deserialize<Transfer>(File.ReadAllBytes(file)) ?? Transfer.None
        : Transfer.None;

    /// <summary>Keeps a transfer: durable when it returns.</summary>
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
