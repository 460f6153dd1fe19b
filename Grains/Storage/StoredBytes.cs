namespace OrleansShards.Grains.Storage;

/// <summary>
/// The state that everything is kept as with a grain storage provider: bytes of our own format, so that it does not
/// matter how the provider serializes. Its name is in what some providers keep: never rename it.
/// </summary>
[GenerateSerializer]
[Alias("OrleansShards.StoredBytes")]
internal sealed class StoredBytes
{
    /// <summary>Null in a state that was never written, or was cleared.</summary>
    [Id(0)]
    public byte[]? Bytes { get; set; }
}
