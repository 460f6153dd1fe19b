using System.Globalization;
using System.Text;
using OrleansShards.Tests.MaelstromGateway.Scenarios;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>More at once than anybody could answer at once.</summary>
public sealed class FloodTests
{
    private const int Requests = 200_000;
    private const int Sources = 100;
    private const long PeakKilobytesMax = 768 * 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public void Process_TwoHundredThousandRequestsAtOnce_AreAnsweredInOrderWithinBoundedMemory()
    {
        using var gateway = new GatewayChild(["--log-level", "warning"]);
        int before = Open(gateway);
        var feeding = new Thread(() => gateway.Send(Encoding.UTF8.GetBytes(Input()))) { IsBackground = true };
        feeding.Start();

        long[] next = new long[Sources];
        for (int answered = 0; answered < Requests; answered++)
        {
            string line = Read(gateway);
            Assert.True(Reply.TypeOf(line) is "write_ok" or "read_ok", line);
            int source = int.Parse(line.Split("\"dest\":\"c")[1].Split('"')[0], CultureInfo.InvariantCulture);
            Assert.Equal(next[source]++, Reply.AnswersTo(line));
            Assert.Equal(before + answered, Reply.IdOf(line));
        }

        ExpectPeakBelow(gateway.Id);
        Assert.Equal(0, gateway.EndInput());
        Assert.Null(gateway.ReadLine(Limit));
        Assert.Equal("", gateway.Errors);
    }

    /// <summary>Waits until the cluster is open: on a busy machine init is answered before it is. Answers how many lines came.</summary>
    private static int Open(GatewayChild gateway)
    {
        gateway.Send(Encoding.UTF8.GetBytes(GatewayHarness.Init + '\n'));
        string line = Read(gateway);
        Assert.Equal("init_ok", Reply.TypeOf(line));
        int lines = 1;
        Condition.Holds(
            () =>
            {
                gateway.Send(Encoding.UTF8.GetBytes(GatewayHarness.Line("opener", "query_config", lines++, "") + '\n'));
                return Reply.TypeOf(line = Read(gateway)) == "query_config_ok";
            },
            () => $"the cluster is open; last: {line}");
        return lines;
    }

    private static string Input()
    {
        var input = new StringBuilder();
        for (int number = 0; number < Requests; number++)
        {
            int source = number % Sources;
            int id = number / Sources;
            string fields = id % 2 == 0 ? $"\"key\":{source},\"value\":\"{id:D100}\"" : $"\"key\":{source}";
            input.Append(GatewayHarness.Line($"c{source}", id % 2 == 0 ? "write" : "read", id, fields)).Append('\n');
        }

        return input.ToString();
    }

    private static string Read(GatewayChild gateway)
    {
        string? line = gateway.ReadLine(Limit);
        Assert.True(line is not null, gateway.Errors);
        return line;
    }

    private static void ExpectPeakBelow(int process)
    {
        string status = $"/proc/{process}/status";
        if (File.Exists(status))
        {
            string peak = File.ReadLines(status)
                .Single(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            long kilobytes =
                long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
            Assert.True(kilobytes < PeakKilobytesMax, $"expected a peak below {PeakKilobytesMax} kB; seen: {peak}");
        }
    }
}
