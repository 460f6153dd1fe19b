using System.Globalization;

namespace OrleansShards.Benchmarks.Compare;

/// <summary>What all peers are started with.</summary>
/// <param name="Script">This repository's run.sh.</param>
/// <param name="Keys">How many keys there are.</param>
/// <param name="ValueBytes">The size of each value.</param>
/// <param name="Shards">Of this store.</param>
/// <param name="StoreDelay">How much longer every flush takes; 0 for not at all.</param>
internal sealed record PeerOptions(string Script, int Keys, int ValueBytes, int Shards, TimeSpan StoreDelay)
{
    internal static string NameOf(int key) => string.Create(CultureInfo.InvariantCulture, $"key-{key:0000000}");

    internal string[] KeyNames() => [.. Enumerable.Range(0, Keys).Select(NameOf)];
}

/// <summary>
/// A store to be measured: a process of its own with a directory of its own, and the client of its users in this process.
/// </summary>
internal abstract class Peer : IAsyncDisposable
{
    internal abstract string Name { get; }

    /// <summary>What makes a write durable before it is answered, and what is known about it.</summary>
    internal abstract string Durability { get; }

    /// <summary>What its users call it by.</summary>
    internal abstract string Client { get; }

    /// <summary>Null if the peer is installed, else what to install.</summary>
    internal abstract string? Missing { get; }

    internal abstract Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Sets the key of this number to the value. Fails if the answer is anything but that this was done.</summary>
    internal abstract Task WriteAsync(int key);

    /// <summary>Reads the key of this number. Fails if there is none.</summary>
    internal abstract Task ReadAsync(int key);

    public abstract ValueTask DisposeAsync();

    /// <summary>The path of a program: of the PATH, or of where servers and tools are that it may lack; null if there is none.</summary>
    internal static string? Find(string program)
    {
        string[] places = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        string tools = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet", "tools");
        return places.Concat(["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", tools])
            .Select(place => Path.Combine(place, program))
            .FirstOrDefault(File.Exists);
    }
}
