using System.Net;
using System.Net.Sockets;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Clustering;

namespace OrleansShards.Tests.Orleans.Silo;

public sealed class PortCheckTests
{
    /// <summary>A silo that runs shares its port with whoever shares too: the one that checks does not.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Problems_PortIsTaken_SaysWhichAndWhatFor(bool shared)
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, shared);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        int[] free = FreePorts.Take(2);

        string problem = Assert.Single(PortCheck.Problems(Settings(free[0], port, free[1])));
        Assert.StartsWith(
            $"cannot listen for clients on 127.0.0.1:{port} (--gateway-port): another process", problem, StringComparison.Ordinal);
    }

    /// <summary>A silo that is started again at once finds connections of the last one that the system still remembers.</summary>
    [Fact]
    public void Problems_ConnectionsOfAnEndedListenerLinger_AreNone()
    {
        int[] ports = FreePorts.Take(3);
        using (TcpListener listener = new(IPAddress.Loopback, ports[0]))
        {
            listener.Start();
            using TcpClient client = new();
            client.Connect(IPAddress.Loopback, ports[0]);
            listener.AcceptTcpClient().Close();
        }

        Assert.Empty(PortCheck.Problems(Settings(ports[0], ports[1], ports[2])));
    }

    [Fact]
    public void Problems_AddressOfAnotherMachine_SaysSo()
    {
        int[] ports = FreePorts.Take(3);
        IReadOnlyList<string> problems = PortCheck.Problems(Settings(ports[0], ports[1], ports[2], "--bind", "192.0.2.1"));
        Assert.Equal(2, problems.Count);
        Assert.All(problems, static problem => Assert.EndsWith("this machine has no such address", problem, StringComparison.Ordinal));
    }

    private static SiloSettings Settings(int silo, int gateway, int http, params string[] more)
    {
        (SiloSettings settings, IReadOnlyList<string> errors) = new SiloOptionReader().Read(
            ["--silo-port", $"{silo}", "--gateway-port", $"{gateway}", "--http-port", $"{http}", .. more], null, null);
        Assert.Empty(errors);
        return settings;
    }
}
