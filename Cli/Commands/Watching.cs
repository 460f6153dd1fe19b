using OrleansShards.Cli.Http;
using OrleansShards.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OrleansShards.Cli.Commands;

/// <summary>
/// Follows the API's events until the process is told to stop. A silo that goes away is waited for, and what was last seen stays shown.
/// </summary>
internal static class Watching
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(1);

    /// <summary>Shows the object of this event, with the newest moves, at each change.</summary>
    internal static async Task RunAsync(
        SiloApi api, Screen screen, string name, Func<byte[], byte[]?, IEnumerable<IRenderable>> show, CancellationToken stop)
    {
        if (screen.IsJson)
        {
            await FollowAsync(api, name, static (data, _) => Screen.WriteJson(data), Program.Say, stop);
            return;
        }

        if (!Screen.IsTerminal)
        {
            await FollowAsync(api, name, (data, moves) => screen.Write([.. show(data, moves), Lines.Of("")]), Program.Say, stop);
            return;
        }

        Rows shown = new(Lines.Of($"waiting for {api.Url}"));
        await screen.Terminal.Live(shown).StartAsync(live => FollowAsync(
            api,
            name,
            (data, moves) =>
            {
                shown = new Rows(show(data, moves));
                live.UpdateTarget(shown);
            },
            text => live.UpdateTarget(new Rows(shown, Lines.Of(text, Lines.Bad))),
            stop));
    }

    private static async Task FollowAsync(
        SiloApi api, string name, Action<byte[], byte[]?> show, Action<string> say, CancellationToken stop)
    {
        byte[]? moves = null;
        while (true)
        {
            try
            {
                await foreach ((string happened, byte[] data) in api.EventsAsync(stop))
                {
                    moves = happened == "moves" ? data : moves;
                    if (happened == "problem")
                        say(SiloApi.Read(data, ApiShapes.Default.ErrorObject).Detail ?? "nobody leads");
                    else if (happened == name)
                        show(data, moves);
                }
            }
            catch (CliFailure lost) when (lost.ExitCode == ExitCode.NotNow)
            {
                say($"{lost.Message}; trying again");
            }

            await Task.Delay(RetryEvery, stop);
        }
    }
}
