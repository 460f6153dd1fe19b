using System.Globalization;

namespace OrleansShards.Grains.Interfaces.Membership;

/// <summary>
/// Reads the table of silos from the directory that they share: <c>0000000042.json</c> is version 42 of the table,
/// <c>alive/SILO.json</c> says when a silo was last alive. Thread-safe.
/// </summary>
/// <remarks>
/// <para>A version's file is created complete, under an unused name (<c>link(2)</c>), and its name stays for ever: a version that is no
/// longer needed becomes an empty file. Three properties follow:</para>
/// <list type="number">
/// <item>A version has one winner, however late a writer is: a process that was paused between reading version n and
/// creating n+1 finds the name taken, even if n+1 is long out of date.</item>
/// <item>Names have no gap: the writer of n+1 has read n. So files exist up to the newest version and not above it, and a
/// search for single names finds the newest. Listing the directory could miss files that come and go meanwhile.</item>
/// <item>A reader that finds its file empty was overtaken, and searches again. No process waits for another.</item>
/// </list>
/// </remarks>
internal sealed class MembershipDirectory(string path)
{
    private int _known = -1;

    internal string Path { get; } = path;
    internal string Heartbeats { get; } = System.IO.Path.Combine(path, "alive");

    internal string VersionPath(int version) =>
        System.IO.Path.Combine(Path, version.ToString("D10", CultureInfo.InvariantCulture) + ".json");

    /// <summary>The file that says when a silo was last alive.</summary>
    internal string HeartbeatPath(SiloAddress silo) => System.IO.Path.Combine(Heartbeats, silo.ToParsableString() + ".json");

    /// <summary>Reads the newest version: one that was the newest at some moment within this call. Null if there is none yet.</summary>
    /// <exception cref="InvalidDataException">The text names the file and what is wrong with it.</exception>
    internal MembershipFile? ReadNewest(string clusterId)
    {
        while (FindNewest() is { } version)
        {
            string file = VersionPath(version);
            byte[] content = File.ReadAllBytes(file);
            if (content.Length > 0)
                return MembershipFile.Parse(file, content, version, clusterId);

            // A version is emptied when newer ones exist. Without a newer one, something else has emptied it.
            if (!Exists(VersionPath(version + 1)))
                throw MembershipFile.Damaged(file, "it is empty");
        }

        return null;
    }

    /// <summary>Later searches start here. If this file is gone then, the directory was deleted or replaced.</summary>
    internal void Remember(int version)
    {
        int known = Volatile.Read(ref _known);
        while (known < version && Interlocked.CompareExchange(ref _known, version, known) is var seen && seen != known)
            known = seen;
    }

    // A file that exists, whose successor did not. If the successor was checked last, the file was the newest then; if the file was, the
    // newest version passed it in between.
    private int? FindNewest()
    {
        int known = Volatile.Read(ref _known);
        int low = Math.Max(known, 0);
        if (!Exists(VersionPath(low)))
        {
            return known < 0 ? null : throw new InvalidDataException(
                $"'{VersionPath(low)}' is gone: somebody has deleted or replaced the directory while silos used it. "
                + "Expected every version's file to stay. Restart this process.");
        }

        int high = low + 1;
        for (int step = 1; Exists(VersionPath(high)); high = low + step)
        {
            low = high;
            step *= 2;
        }

        while (high - low > 1)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = Exists(VersionPath(middle)) ? (middle, high) : (low, middle);
        }

        Remember(low);
        return low;
    }

    /// <summary>Not <see cref="File.Exists"/>, which also returns false if the check itself fails.</summary>
    private static bool Exists(string file)
    {
        try
        {
            File.GetAttributes(file);
            return true;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }
}
