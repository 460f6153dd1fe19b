using Microsoft.Win32.SafeHandles;

namespace OrleansShards.MaelstromGateway.Io;

/// <summary>What a gateway reads and writes.</summary>
/// <param name="Input">Lines in.</param>
/// <param name="Output">Lines out.</param>
/// <param name="Errors">The log.</param>
internal sealed record GatewayStreams(Stream Input, Stream Output, Stream Errors)
{
    private const int OutputDescriptor = 1;

    /// <summary>The process's own.</summary>
    internal static GatewayStreams Standard() =>
        new(Console.OpenStandardInput(), OpenOutput(), Console.OpenStandardError());

    /// <summary>
    /// Console's stream takes a broken pipe for a success, a file stream reports it. For a file it is the other way
    /// round: a file stream keeps a position of its own, and who writes there next through the shell's would overwrite
    /// us.
    /// </summary>
    private static Stream OpenOutput()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();

        var handle = new SafeFileHandle(OutputDescriptor, ownsHandle: false);
        var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }
}
