using System.Net;
using System.Net.Sockets;
using System.Text;
using OrleansShards.Tests.Orleans.Silo;
using OrleansShards.Tests.Recording;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Deploy;

/// <summary>What a silo tells systemd: a datagram for each change, to the socket that NOTIFY_SOCKET names.</summary>
public sealed class SystemdReadinessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Socket _systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly List<string> _told = [];

    public SystemdReadinessTests() => _systemd.Bind(new UnixDomainSocketEndPoint(_directory.File("notify")));

    public void Dispose()
    {
        _systemd.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Silo_Serves_SaysThatItIsReady_AndThatItStops()
    {
        using SiloRun silo = Start("--drain-ms", "60000");

        await UntilToldAsync("READY=1");
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/health/ready")).Status);
        Assert.Contains("READY=1\nSTATUS=the silo serves", _told);
        silo.Terminate();

        await UntilToldAsync("STOPPING=1");
        Assert.Equal("STOPPING=1\nSTATUS=the silo is stopping\nEXTEND_TIMEOUT_USEC=90000000", _told[^1]);
        Assert.Single(_told, static state => state.Contains("READY=1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Silo_ListensAndWaitsForItsDatabase_SaysSo_AndNotThatItIsReady()
    {
        string nowhere = $"Host=127.0.0.1;Port={FreePorts.Take(1)[0]};Database=x;Username=x;Password=hidden";
        using SiloRun silo = Start("--cluster", "postgres", "--connection", nowhere);

        await UntilToldAsync("STATUS=the silo is starting, and waits for its database: ");
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/health/live")).Status);
        silo.Terminate();

        await UntilToldAsync("STOPPING=1");
        Assert.Equal((0, ""), (await silo.EndedAsync(), await silo.Errors));
        Assert.DoesNotContain(_told, static state => state.Contains("READY=1", StringComparison.Ordinal));
        Assert.DoesNotContain(_told, static state => state.Contains("hidden", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Silo_SystemdIsGone_ServesAllTheSame_AndSaysItOnce()
    {
        _systemd.Dispose();
        using SiloRun silo = Start();

        await silo.UntilReadyIsAsync(true);
        silo.Terminate();

        Assert.Equal((0, ""), (await silo.EndedAsync(), await silo.Errors));
        Assert.Single(silo.Lines, static line => line.Contains("systemd cannot be told", StringComparison.Ordinal));
    }

    private SiloRun Start(params string[] options) =>
        new(FreePorts.Take(3), [KeyValuePair.Create("NOTIFY_SOCKET", _directory.File("notify"))], options);

    private async Task UntilToldAsync(string state)
    {
        byte[] datagram = new byte[4096];
        while (!_told.Exists(told => told.Contains(state, StringComparison.Ordinal)))
        {
            int read = await Condition.EndsAsync(
                _systemd.ReceiveAsync(datagram), $"{state}; told until now: {string.Join("; ", _told)}");
            _told.Add(Encoding.UTF8.GetString(datagram, 0, read));
        }
    }
}
