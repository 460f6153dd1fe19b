namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>Starts gateways: in this process, as processes of their own, or in front of something else
/// altogether.</summary>
internal interface IScenarioHost
{
    /// <summary>Whether its gateways are processes, which can be killed.</summary>
    bool HasProcesses { get; }

    /// <summary>Starts one.</summary>
    /// <param name="options">Its command line.</param>
    IScenarioGateway Start(IReadOnlyList<string> options);
}
