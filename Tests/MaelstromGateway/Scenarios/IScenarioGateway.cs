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
