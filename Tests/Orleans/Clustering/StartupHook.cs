using OrleansShards.Tests.Orleans.Clustering;

/// <summary>The part of it that needs Orleans.</summary>
internal static partial class StartupHook
{
    static partial void RunOrleans()
    {
        switch (Environment.GetEnvironmentVariable(HookedProcess.Variable)?.Split(' ', 4))
        {
            case ["write", var silo, _, var directory]:
                MembershipWriterProcess.WriteForEverAsync(silo, directory).GetAwaiter().GetResult();
                break;
            case ["silo", var siloPort, var gatewayPort, var directory]:
                DirectorySiloProcess.RunAsync(siloPort, gatewayPort, directory).GetAwaiter().GetResult();
                break;
            case ["hang", var what]:
                HungSilo.Run(what);
                break;
        }
    }
}
