using System.Text;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>
/// A protocol trace as a text: paragraphs of prose, and steps. A step is commands, a line <c>----</c>, and what is to
/// be seen, up to the next empty line. Running it gives the same text with what was seen in its place.
/// </summary>
internal static class ScenarioFile
{
    private const string Rule = "----";

    internal static string Replay(string text, Func<string, IEnumerable<string>> run)
    {
        StringBuilder seen = new();
        foreach (string paragraph in text.ReplaceLineEndings("\n").TrimEnd('\n').Split("\n\n"))
        {
            string[] lines = paragraph.Trim('\n').Split('\n');
            int rule = Array.IndexOf(lines, Rule);
            IEnumerable<string> result = rule < 0
                ? lines
                : [.. lines[..rule], Rule, .. lines[..rule].SelectMany(command => Guarded(command, run))];
            seen.Append(seen.Length == 0 ? "" : "\n").AppendJoin('\n', result).Append('\n');
        }

        return seen.ToString();
    }

    private static IEnumerable<string> Guarded(string command, Func<string, IEnumerable<string>> run)
    {
        try
        {
            return run(command);
        }
        catch (Exception failure) when (failure is InvalidOperationException or OrleansShards.Core.BrokenInvariantException)
        {
            return [$"stopped by {failure.GetType().Name}: {ScenarioText.Short(failure.Message)}"];
        }
    }
}
