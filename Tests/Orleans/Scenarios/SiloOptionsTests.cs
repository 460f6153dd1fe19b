using OrleansShards.MaelstromGateway.Cli;

namespace OrleansShards.Tests.Orleans.Scenarios;

/// <summary>What a gateway's options say of silos.</summary>
public sealed class SiloOptionsTests
{
    [Fact]
    public void Read_Silos_AreTaken()
    {
        var errors = new StringWriter();
        GatewayOptions? options = new GatewayOptionReader().Read(
            ["--silo", "one:30000, 127.0.0.1:30001,[::1]:30002", "--cluster-id", "c", "--service-id", "s"], TextWriter.Null, errors, out _);

        Assert.Equal("", errors.ToString());
        Assert.Equal(
            [("one", 30000), ("127.0.0.1", 30001), ("::1", 30002)], options!.Silos.Select(static silo => (silo.Host, silo.Port)));
        Assert.Equal(("c", "s"), (options.ClusterId, options.ServiceId));
    }

    [Theory]
    [InlineData("--cluster and --silo are given; expected one", "--silo", "a:1", "--cluster", "demo")]
    [InlineData("--data and --silo are given; expected --silo alone", "--silo", "a:1", "--data", "/tmp/d")]
    [InlineData("--tls-ca is \"/nowhere\"; expected a file that is there", "--silo", "a:1", "--tls-ca", "/nowhere")]
    [InlineData("expected both --tls-certificate and --tls-ca", "--silo", "a:1", "--tls-password", "p")]
    [InlineData("the --tls-… options are for --silo", "--tls-password", "p")]
    public void Read_OptionsThatExcludeEachOther_AreRefused(string expected, params string[] args)
    {
        var errors = new StringWriter();

        Assert.Null(new GatewayOptionReader().Read(args, TextWriter.Null, errors, out int exitCode));
        Assert.Equal(2, exitCode);
        Assert.Contains(expected, errors.ToString(), StringComparison.Ordinal);
    }
}
