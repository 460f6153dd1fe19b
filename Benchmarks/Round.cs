using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace OrleansShards.Benchmarks;

internal readonly record struct RoundResult(double RequestsPerSecond, double P50Ms, double P99Ms, double MaxMs)
{
    internal const string Titles = " requests/s   p50 ms   p99 ms   max ms";

    /// <summary>The result of the first <paramref name="count"/> latencies; later ones came after the measured time.</summary>
    internal static RoundResult Of(List<long> latencies, int count, double seconds)
    {
        latencies.RemoveRange(count, latencies.Count - count);
        latencies.Sort();
        return new RoundResult(count / seconds, At(0.5), At(0.99), At(1));

        double At(double share) => latencies[Math.Min((int)(count * share), count - 1)] * 1000.0 / Stopwatch.Frequency;
    }

    internal static RoundResult Of(Recording recording) =>
        Of([.. recording.Answers.Select(static answer => answer.Took)], recording.Answers.Count, recording.Seconds);

    internal static RoundResult Median(List<RoundResult> results) =>
        results.OrderBy(static result => result.RequestsPerSecond).ElementAt(results.Count / 2);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{RequestsPerSecond,11:N0} {P50Ms,8:0.000} {P99Ms,8:0.000} {MaxMs,8:0.0}");
}

/// <summary>
/// One round: a number of sources, each with one request under way, which sends the next when it is answered. This is a closed
/// loop: a slow answer slows its source down and shows in the latency.
/// </summary>
internal sealed class Round(GatewayProcess gateway, RequestMix mix, int inFlight, TimeSpan duration)
{
    private static readonly byte[] SourceMark = "\"dest\":\"c"u8.ToArray();
    private static readonly byte[] CodeMark = "\"code\":"u8.ToArray();

    private readonly long[] _sentAt = new long[inFlight];
    private readonly List<long> _latencies = new(1 << 20);
    private readonly byte[] _input = new byte[1 << 18];
    private readonly ArrayBufferWriter<byte> _output = new(1 << 16);
    private long _id = 1;
    private int _filled;

    internal RoundResult Run()
    {
        Init();
        for (int source = 0; source < inFlight; source++)
            Ask(source);

        Send();
        Exchange(duration / 3);
        _latencies.Clear();
        long start = Stopwatch.GetTimestamp();
        Exchange(duration);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        int answered = _latencies.Count;
        for (int open = inFlight; open > 0; open -= ReadAnswers().Count)
        {
        }

        return RoundResult.Of(_latencies, answered, seconds);
    }

    private void Init()
    {
        const string body = """{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}""";
        gateway.Input.Write(Encoding.ASCII.GetBytes($$"""{"src":"c0","dest":"n1","body":{{body}}}""" + "\n"));
        gateway.Input.Flush();
        while (Fill() == 0)
        {
        }

        _filled = 0;
    }

    private void Exchange(TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < limit)
        {
            foreach (int source in ReadAnswers())
                Ask(source);

            Send();
        }
    }

    /// <summary>Returns the sources that have been answered.</summary>
    private List<int> ReadAnswers()
    {
        List<int> sources = [];
        int end = Fill();
        long now = Stopwatch.GetTimestamp();
        int start = 0;
        while (start < end)
        {
            ReadOnlySpan<byte> rest = _input.AsSpan(start, end - start);
            int length = rest.IndexOf((byte)'\n') + 1;
            Expect(rest[..length]);
            int source = SourceOf(rest[..length]);
            _latencies.Add(now - _sentAt[source]);
            sources.Add(source);
            start += length;
        }

        _input.AsSpan(end, _filled - end).CopyTo(_input);
        _filled -= end;
        return sources;
    }

    /// <summary>Reads available input; returns the length of all complete lines in the buffer.</summary>
    private int Fill()
    {
        int count = gateway.Output.Read(_input, _filled, _input.Length - _filled);
        if (count == 0)
            throw new InvalidOperationException("the gateway has closed its output");

        _filled += count;
        return _input.AsSpan(0, _filled).LastIndexOf((byte)'\n') + 1;
    }

    /// <summary>An absent key and a value that differs belong to the mix; any other error ends the benchmark.</summary>
    private static void Expect(ReadOnlySpan<byte> line)
    {
        int at = line.IndexOf(CodeMark);
        if (at >= 0 && line[at + CodeMark.Length] != (byte)'2')
            throw new InvalidOperationException(Encoding.UTF8.GetString(line));
    }

    private static int SourceOf(ReadOnlySpan<byte> line)
    {
        int at = line.IndexOf(SourceMark) + SourceMark.Length;
        int source = 0;
        while (line[at] is >= (byte)'0' and <= (byte)'9')
            source = (source * 10) + line[at++] - '0';

        return source;
    }

    private void Ask(int source)
    {
        mix.Append(_output, source, ++_id);
        _sentAt[source] = Stopwatch.GetTimestamp();
    }

    private void Send()
    {
        gateway.Input.Write(_output.WrittenSpan);
        gateway.Input.Flush();
        _output.ResetWrittenCount();
    }
}
