namespace OrleansShards.Tests.Storage.Disks;

/// <summary>The stores that keep files.</summary>
public enum FileStore
{
    Sqlite,
    Directory,
}
