using System.Globalization;
using Orleans;
using Orleans.Runtime;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>Counts up a field of a silo's row as fast as it can, and prints each version that it has won.</summary>
internal sealed class MembershipWriterProcess(string directory, SiloAddress silo)
    : HookedProcess($"write {silo.ToParsableString()} - {directory}")
{
    private readonly List<int> _won = [];

    internal IReadOnlyList<int> Won => _won;

    /// <summary>Waits for one more.</summary>
    /// <returns>False at the end of what a killed process had printed; a line that was cut does not count.</returns>
    internal async Task<bool> NextWonAsync(CancellationToken cancellationToken)
    {
        string? line = await Output.ReadLineAsync(cancellationToken);
        if (line?.Split(' ') is not [string version, "."])
            return false;

        _won.Add(int.Parse(version, CultureInfo.InvariantCulture));
        return true;
    }

    /// <summary>Kills it, and reads all that it has said.</summary>
    internal async Task KillAsync(CancellationToken cancellationToken)
    {
        Kill();
        while (await NextWonAsync(cancellationToken))
        {
        }
    }

    internal static async Task WriteForEverAsync(string silo, string directory)
    {
        SiloAddress address = SiloAddress.FromParsableString(silo);
        IMembershipTable table = MembershipLab.TableIn(directory);
        while (true)
        {
            if (await MembershipLab.TryCountUpAsync(table, address) is { } version)
                Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"{version} .\n"));
        }
    }
}
