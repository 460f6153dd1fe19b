namespace OrleansShards.Tests.Storage;

/// <summary>
/// The same without flushes: what is seen by other threads and after a start must not hang on them, and a race has more
/// rounds in the same time.
/// </summary>
public sealed class DirectoryLogStoreUnsyncedTests : DirectoryLogStoreTests
{
    protected override bool Synchronous => false;

    protected override ulong RaceLength => 2000;
}
