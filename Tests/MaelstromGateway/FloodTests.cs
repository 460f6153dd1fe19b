using System.Globalization;
using System.Text;
using OrleansShards.Tests.MaelstromGateway.Scenarios;

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
        var feeding = new Thread(() => gateway.Send(Encoding.UTF8.GetBytes(Input()))) { IsBackground = true };
        feeding.Start();

        Assert.Equal("init_ok", Reply.TypeOf(Read(gateway)));
        long[] next = new long[Sources];
        for (int answered = 0; answered < Requests; answered++)
        {
            string line = Read(gateway);
            Assert.True(Reply.TypeOf(line) is "write_ok" or "read_ok", line);
            int source = int.Parse(line.Split("\"dest\":\"c")[1].Split('"')[0], CultureInfo.InvariantCulture);
            Assert.Equal(next[source]++, Reply.AnswersTo(line));
            Assert.Equal(answered + 1, Reply.IdOf(line));
        }

        ExpectPeakBelow(gateway.Id);
        Assert.Equal(0, gateway.EndInput());
        Assert.Null(gateway.ReadLine(Limit));
        Assert.Equal("", gateway.Errors);
    }

    private static string Input()
    {
        var input = new StringBuilder(GatewayHarness.Init).Append('\n');
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
