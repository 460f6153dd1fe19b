namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>A gateway that runs.</summary>
internal interface IScenarioGateway : IDisposable
{
    /// <summary>What it has written to stderr.</summary>
    string Errors { get; }

    /// <summary>Sends bytes.</summary>
    void Send(byte[] bytes);

    /// <summary>The next line, waiting for it; null at the end of its output.</summary>
    /// <exception cref="TimeoutException">None came.</exception>
    string? ReadLine(TimeSpan limit);

    /// <summary>Ends its input, waits for its end and answers its exit code.</summary>
    int EndInput();

    /// <summary>Has it terminate, waits for its end and answers its exit code.</summary>
    int Terminate();

    /// <summary>Kills it, if that can be done.</summary>
    void Kill();
}

/// <summary>What a gateway says with every <c>init</c> of several nodes, as these conversations are held with one process.</summary>
internal static class GatewayNotice
{
    /// <summary>The rest of what it said on stderr.</summary>
    internal static string Without(string errors) => string.Concat(errors
        .Split('\n')
        .Where(static line => line.Length > 0 && !line.Contains("is a cluster of its own", StringComparison.Ordinal))
        .Select(static line => line + "\n"));
}
