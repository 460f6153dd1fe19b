namespace OrleansShards.Grains.Storage;

/// <summary>That a silo was told where its logs live. Several of them are a mistake.</summary>
/// <param name="Call">What was called, for texts.</param>
/// <param name="OwnProvider">The grain storage provider that came with it, if one did.</param>
/// <param name="UsedProvider">The grain storage provider that it uses, if it does.</param>
/// <param name="Errors">What is wrong with the options.</param>
internal sealed record LogStoreRegistration(
    string Call, string? OwnProvider, string? UsedProvider, IReadOnlyList<string> Errors);
