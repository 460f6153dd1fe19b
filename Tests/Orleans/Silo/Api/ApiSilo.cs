using OrleansShards.Tests.Orleans.Silo.Api;

[assembly: AssemblyFixture(typeof(ApiSilo))]

namespace OrleansShards.Tests.Orleans.Silo.Api;

/// <summary>One silo for the tests that leave nothing behind, started by the first of them.</summary>
public sealed class ApiSilo : IDisposable
{
    private readonly Lazy<SiloRun> _silo = new(static () => new SiloRun());

    internal async Task<ApiClient> ClientAsync()
    {
        await _silo.Value.UntilReadyIsAsync(true);
        return new ApiClient(_silo.Value);
    }

    internal async Task<string> UrlAsync()
    {
        await _silo.Value.UntilReadyIsAsync(true);
        return $"http://127.0.0.1:{_silo.Value.HttpPort}";
    }

    internal async Task<SiloRun> RunAsync()
    {
        await _silo.Value.UntilReadyIsAsync(true);
        return _silo.Value;
    }

    internal string[] Log => _silo.Value.Lines;

    public void Dispose()
    {
        if (_silo.IsValueCreated)
            _silo.Value.Dispose();
    }
}
