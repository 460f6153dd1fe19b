namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>
/// Where the processes of one cluster on this machine meet: a directory that only their user can enter, named after the
/// cluster.
/// </summary>
/// <param name="Name">The cluster's name.</param>
/// <param name="Directory">The directory.</param>
/// <param name="DataDirectory">Where the state is kept for good; null for as long as the cluster has a member.</param>
internal sealed record ClusterPlace(string Name, string Directory, string? DataDirectory)
{
    /// <summary>Where the state is.</summary>
    internal string StateDirectory => DataDirectory ?? Path.Combine(Directory, "state");

    /// <summary>Where the founder listens. A short name: a socket's path has about a hundred bytes.</summary>
    internal string Socket => Path.Combine(Directory, "s");

    /// <summary>Held, shared, by every member for as long as it lives.</summary>
    internal string MembersLock => Path.Combine(Directory, "members.lock");

    /// <summary>Held for a moment by whoever joins or leaves.</summary>
    internal string GateLock => Path.Combine(Directory, "gate.lock");

    /// <summary>Held by the founder for as long as it lives.</summary>
    internal string FounderLock => Path.Combine(Directory, "founder.lock");

    /// <summary>The place of a cluster by its name: in the user's runtime directory, or in the temporary one.</summary>
    internal static ClusterPlace For(string name, string? dataDirectory)
    {
        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        string root = string.IsNullOrEmpty(runtime) || !System.IO.Directory.Exists(runtime)
            ? Path.Combine(Path.GetTempPath(), $"orleansshards-{Environment.UserName}")
            : Path.Combine(runtime, "orleansshards");
        return new ClusterPlace(name, Path.Combine(root, name), dataDirectory);
    }
}
