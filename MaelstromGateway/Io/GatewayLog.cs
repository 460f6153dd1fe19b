using System.Text;

namespace OrleansShards.MaelstromGateway.Io;

/// <summary>
/// One line an event, on stderr. Thread-safe. A line is written at once and by the thread that has it, which for the
/// loop's means: only what is rare. What stderr does not take is lost; nothing else suffers from that.
/// </summary>
/// <param name="output">stderr.</param>
/// <param name="level">How much is written.</param>
internal sealed class GatewayLog(Stream output, LogLevel level)
{
    private const int LineCharsMax = 2000;

    private readonly Lock _gate = new();

    /// <summary>Whether everything is shown.</summary>
    internal bool ShowsDebug => level >= LogLevel.Debug;

    /// <summary>What ends the process, or a fault of ours.</summary>
    internal void Error(string text) => Write(LogLevel.Error, "error", text);

    /// <summary>A line that was skipped, or the like.</summary>
    internal void Warning(string text) => Write(LogLevel.Warning, "warning", text);

    /// <summary>A start, an end, a change of role.</summary>
    internal void Information(string text) => Write(LogLevel.Information, "information", text);

    private void Write(LogLevel of, string name, string text)
    {
        if (of > level)
        {
            return;
        }

        string cut = text.Length > LineCharsMax ? text[..LineCharsMax] : text;
        byte[] line = Encoding.UTF8.GetBytes($"maelstrom-gateway: {name}: {OneLine(cut)}\n");
        try
        {
            lock (_gate)
            {
                output.Write(line);
            }
        }
        catch (IOException)
        {
            // Nobody listens: there is nobody to tell.
        }
    }

    private static string OneLine(string text) =>
        string.Create(text.Length, text, static (line, text) =>
        {
            for (int at = 0; at < line.Length; at++)
            {
                line[at] = char.IsControl(text[at]) ? ' ' : text[at];
            }
        });
}
