namespace OrleansShards.Grains.Storage;

/// <summary>What a provider has under a key.</summary>
/// <param name="Bytes">Null where there is nothing.</param>
/// <param name="ETag">
/// What a change must name. A provider that keeps a mark where something was cleared has one there, too.
/// </param>
internal readonly record struct StoredState(byte[]? Bytes, string? ETag);
