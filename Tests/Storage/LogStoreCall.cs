namespace OrleansShards.Tests.Storage;

/// <summary>The methods of a store, for <see cref="FaultyLogStore"/> to hold or to fail.</summary>
public enum LogStoreCall
{
    Put,
    Read,
    Probe,
    Drop,
    PutChunk,
    Publish,
    ReadManifest,
    ReadChunk,
    List,
}
