using System.Net;
using System.Text.Json;

namespace OrleansShards.Tests.Orleans.Silo.Api;

/// <summary>A silo hangs and nobody declares it dead: the others' status is answered without it, and says so.</summary>
public sealed class ApiHungPartTests
{
    [Fact]
    public async Task Status_WhileASiloHangs_SaysWhichPartsDoNotAnswer()
    {
        using TemporaryFolder data = new();
        string[] options = ["--cluster", "directory", "--data", data.Path, "--death-after-ms", "600000"];
        using SiloRun first = new([.. options, "--name", "n1"]);
        await first.UntilReadyIsAsync(true);
        using SiloRun second = new([.. options, "--name", "n2"]);
        await second.UntilReadyIsAsync(true);
        using ApiClient api = new(second);
        await api.UntilAsync("/api/v1/cluster", static cluster => cluster.GetProperty("masters").EnumerateArray()
            .Select(static one => one.GetProperty("silo").GetString()).SequenceEqual(["n1", "n2"]));
        (await api.PutAsync("/api/v1/keys/hung", "1")).IsDone();

        first.Freeze();
        JsonElement cluster = (await api.GetAsync("/api/v1/cluster")).IsDone();
        Assert.Contains(
            cluster.GetProperty("problems").EnumerateArray(),
            static one => $"{one.GetProperty("part")} {one.GetProperty("text")}" == "master n1 has not answered within 1000 ms");
        Assert.Equal("n2", cluster.GetProperty("masters")[1].GetProperty("silo").GetString());
        ApiAnswer moves = await api.GetAsync("/api/v1/moves");
        Assert.Contains(
            moves.Status, new[] { HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout });
    }

    private sealed class TemporaryFolder : IDisposable
    {
        internal string Path { get; } = Directory.CreateTempSubdirectory("orleansshards-api-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
