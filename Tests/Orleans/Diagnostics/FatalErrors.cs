using Orleans.Runtime;

namespace OrleansShards.Tests.Orleans.Diagnostics;

/// <summary>Collects what would end a silo.</summary>
internal sealed class FatalErrors : IFatalErrorHandler
{
    internal List<string?> Reasons { get; } = [];

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender, string? context, Exception? exception) => Reasons.Add(context);
}
