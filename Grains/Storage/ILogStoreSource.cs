namespace OrleansShards.Grains.Storage;

/// <summary>Where a silo's logs live: opened, and found to be safe, once.</summary>
public interface ILogStoreSource
{
    /// <summary>
    /// The store. The first call opens it and makes sure that it creates records atomically; every call answers the
    /// same.
    /// </summary>
    /// <exception cref="LogStoreException">It cannot be opened, or is not safe; the text names it and says why.</exception>
    Task<ILogStore> OpenAsync();
}
