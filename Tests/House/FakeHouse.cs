using System.Diagnostics;

namespace OrleansShards.Tests.House;

/// <summary>
/// A copy of the scripts beside a project of one file, with a <c>dotnet</c> that writes down how it was called and does
/// what files in <c>knobs/</c> say. So what the scripts decide is seen in milliseconds and without a network.
/// </summary>
internal sealed class FakeHouse : IDisposable
{
    // All that the scripts may use besides dotnet: what is on any Linux machine.
    private static readonly string[] Tools =
        ("awk bash cat chmod cksum cut dirname env find flock grep head mkdir mkfifo mv readlink rm sort tee timeout "
        + "touch tr").Split(' ');

    public FakeHouse()
    {
        CopyScripts();
        Directory.CreateDirectory(At("knobs"));
        Write("MaelstromGateway/MaelstromGateway.csproj", "<Project />\n");
        Write("MaelstromGateway/Program.cs", "// 1\n");
        Write("Silo/Silo.csproj", "<Project />\n");
        Write("Cli/Cli.csproj", "<Project />\n");
        Write("Tests/Tests.csproj", "<Project />\n");
        Write("Simulation/Simulation.csproj", "<Project />\n");
        Write("samples/1.jsonl", "{\"msg_id\":1}\n{\"msg_id\":2}\n");
        Write("samples/README.md", "- `1.jsonl`: two of a kind\n");
        LinkTools();
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("house-").FullName;

    public string At(string path) => Path.Combine(Root, path);

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    /// <summary>The calls of <c>dotnet</c> that begin with this, as they came.</summary>
    public IReadOnlyList<string> Calls(string beginning) =>
        File.Exists(At("knobs/calls"))
            ? [.. File.ReadLines(At("knobs/calls")).Where(c => c.StartsWith(beginning, StringComparison.Ordinal))]
            : [];

    public ScriptRun Start(string script, params string[] arguments) => new(this, At(script), arguments);

    public Task<ScriptResult> Run(string script, params string[] arguments) => Start(script, arguments).Ended();

    /// <summary>Changes something by a shell's command, in the root.</summary>
    public async Task Shell(string command)
    {
        var run = await new ScriptRun(this, At("tools/bash"), ["-c", $"cd ..; {command}"]).Ended();
        Assert.True(run.ExitCode == 0, $"{command}: {run.Errors}");
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Has builds wait until <see cref="OpenGate"/>.</summary>
    public void CloseGate() => Process.Start(At("tools/mkfifo"), [At("knobs/gate")]).WaitForExit();

    public void OpenGate() => File.WriteAllText(At("knobs/gate"), "go\n");

    // Not by File.Copy: a process that another test starts meanwhile inherits the handle that is written through until
    // it has become its program, and what is open for writing cannot be executed ("Text file busy").
    private void CopyScripts()
    {
        var files = Repository.Scripts().Select(f => f.Path).Append("Directory.Packages.props");
        var copy = new ProcessStartInfo("cp", ["--parents", .. files, Root]) { WorkingDirectory = Repository.Root };
        Process.Start(copy)!.WaitForExit();
    }

    private void LinkTools()
    {
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(':');
        Directory.CreateDirectory(At("tools"));
        foreach (var tool in Tools)
        {
            var path = folders.Select(f => Path.Combine(f, tool)).FirstOrDefault(File.Exists);
            Assert.True(path is not null, $"{tool} is not on the PATH, and the scripts need it");
            File.CreateSymbolicLink(At($"tools/{tool}"), path);
        }

        File.CreateSymbolicLink(At("tools/dotnet"), Path.Combine(Repository.Root, "Tests/House/fake-dotnet"));
    }
}
