using System.Xml.Linq;
using OrleansShards.Silo.Cli;
using OrleansShards.Tests.House;

namespace OrleansShards.Tests.Deploy;

/// <summary><c>deploy/Dockerfile</c>, as far as this can be seen without an engine; eng/deploy.sh runs its build stage.</summary>
public sealed class DockerfileTests
{
    private readonly string[] _lines = DeployedSilo.Text("Dockerfile").Split('\n');

    private string[] LastStage => _lines[Array.FindLastIndex(_lines, static line => line.StartsWith("FROM ", StringComparison.Ordinal))..];

    [Fact]
    public void LastStage_HasNoShellAndNoRoot()
    {
        Assert.EndsWith("-chiseled", LastStage[0], StringComparison.Ordinal);
        Assert.DoesNotContain(LastStage, static line => line.StartsWith("RUN ", StringComparison.Ordinal));
        Assert.Equal("USER 1654", Assert.Single(LastStage, static line => line.StartsWith("USER ", StringComparison.Ordinal)));
        Assert.Contains("COPY --from=build --chown=1654:1654 /data /data", LastStage);
    }

    [Fact]
    public void LastStage_RunsTheSilo_OnItsPorts_WithOptionsThatItTakes()
    {
        string program = $"{typeof(SiloSettings).Assembly.GetName().Name}.dll";
        Assert.Equal($"""ENTRYPOINT ["dotnet", "{program}"]""", LastStage.Last(static line => line.Length > 0));
        IEnumerable<KeyValuePair<string, string>> environment = LastStage
            .Where(static line => line.StartsWith("ENV ", StringComparison.Ordinal))
            .Select(static line => line[4..].Split('=', 2))
            .Select(static one => KeyValuePair.Create(one[0], one[1]));
        SiloSettings settings = DeployedSilo.Of(environment);
        Assert.Contains($"EXPOSE {settings.SiloPort} {settings.GatewayPort} {settings.HttpPort}", LastStage);
    }

    [Fact]
    public void BuildStage_IsGivenTheProjectsOfTheSiloAndNoOther()
    {
        string[] projects = [.. ProjectsOf("Silo").Order(StringComparer.Ordinal)];
        string[] restored =
        [
            .. _lines.Where(static line => line.EndsWith('/') && line.Contains(".csproj ", StringComparison.Ordinal))
                .Select(static line => line.Split(' ')[1].Split('/')[0]).Order(StringComparer.Ordinal),
        ];
        string[] sent =
        [
            .. DeployedSilo.Text("Dockerfile.dockerignore").Split('\n')
                .Where(static line => line.StartsWith('!')).Select(static line => line[1..])
                .Where(static name => Directory.Exists(Path.Combine(Repository.Root, name))).Order(StringComparer.Ordinal),
        ];
        Assert.Equal(projects, sent);
        Assert.Equal(projects, restored);
    }

    private static HashSet<string> ProjectsOf(string project)
    {
        XDocument file = XDocument.Load(Path.Combine(Repository.Root, project, $"{project}.csproj"));
        HashSet<string> all = [project];
        foreach (XElement reference in file.Descendants("ProjectReference"))
            all.UnionWith(ProjectsOf(Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)));

        return all;
    }
}
