namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>Wall clocks that are off, for processes of their own. Their monotonic clocks are right.</summary>
internal static class WrongClock
{
    private static readonly string? Library = Find();

    internal static bool IsInstalled => Library is not null;

    /// <summary>The environment of a process whose clock is off. Skips the test where libfaketime is missing.</summary>
    /// <param name="by">As libfaketime writes it: <c>-330s</c>.</param>
    internal static IReadOnlyCollection<KeyValuePair<string, string>> Off(string by) => With(("FAKETIME", by));

    /// <summary>The environment of a process whose clock is off by what is in a file, and jumps where that changes.</summary>
    internal static IReadOnlyCollection<KeyValuePair<string, string>> OffByFile(string file)
    {
        Set(file, "+0s");
        return With(("FAKETIME_TIMESTAMP_FILE", file), ("FAKETIME_NO_CACHE", "1"));
    }

    /// <summary>Writes the file.</summary>
    internal static void Set(string file, string by)
    {
        File.WriteAllText(file + ".new", by);
        File.Move(file + ".new", file, overwrite: true);
    }

    private static IReadOnlyCollection<KeyValuePair<string, string>> With(params (string Name, string Value)[] off)
    {
        Assert.SkipWhen(Library is null, "libfaketime is not installed; ./test.sh installs it as root on Debian");

        // The last one: otherwise it takes the monotonic time up to which somebody waits for one of the wall clock, and no wait lasts.
        (string Name, string Value)[] all =
            [.. off, ("LD_PRELOAD", Library!), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_FORCE_MONOTONIC_FIX", "0")];
        return [.. all.Select(static one => KeyValuePair.Create(one.Name, one.Value))];
    }

    private static string? Find() => Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib")
            .Select(static folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1"))
            .FirstOrDefault(File.Exists)
        : null;
}
