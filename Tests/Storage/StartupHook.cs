using OrleansShards.Tests.Processes;
using OrleansShards.Tests.Storage;

/// <summary>
/// Called before the entry point where <c>DOTNET_STARTUP_HOOKS</c> names this assembly; the runtime finds it by this
/// name, without a namespace.
/// </summary>
internal static partial class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(StoreWriterProcess.DirectoryVariable) is { } directory)
            StoreWriterProcess.RunAsync(directory).GetAwaiter().GetResult();

        if (Environment.GetEnvironmentVariable(StuckProcess.Variable) is { } how)
            StuckProcess.Run(how);

        RunOrleans();
    }

    static partial void RunOrleans();
}
