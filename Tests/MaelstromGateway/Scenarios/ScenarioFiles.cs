using OrleansShards.Tests.House;

namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>The scenarios in <c>Tests/Scenarios/</c>.</summary>
internal static class ScenarioFiles
{
    private static readonly (string Prefix, StepKind Kind)[] Prefixes =
    [
        (">>", StepKind.SendUntil),
        (">", StepKind.Send),
        ("<*", StepKind.ExpectAnyOrder),
        ("<", StepKind.Expect),
        ("stderr:", StepKind.ExpectLog),
    ];

    private static readonly Dictionary<string, StepKind> Commands = new()
    {
        ["end of input"] = StepKind.EndInput,
        ["restart"] = StepKind.Restart,
        ["terminate"] = StepKind.Terminate,
        ["kill"] = StepKind.Kill,
    };

    private static readonly string[] Hosts = ["silo", "silos"];

    internal static string Folder { get; } = Path.Combine(Repository.Root, "Tests", "Scenarios");

    /// <summary>All of them, in the order of the files' names.</summary>
    internal static IReadOnlyList<Scenario> All { get; } =
    [
        .. Directory.GetFiles(Folder, "*.txt")
            .Order(StringComparer.Ordinal)
            .SelectMany(static path => Parse(Path.GetFileNameWithoutExtension(path), File.ReadAllLines(path))),
    ];

    /// <summary>Reads a file's scenarios.</summary>
    internal static IReadOnlyList<Scenario> Parse(string file, IReadOnlyList<string> lines)
    {
        var scenarios = new List<Scenario>();
        string? title = null;
        var options = new List<string>();
        var steps = new List<ScenarioStep>();
        var notWith = new List<string>();
        bool needsProcess = false;
        for (int number = 1; number <= lines.Count; number++)
        {
            string line = lines[number - 1].Trim();
            if (line.StartsWith("==", StringComparison.Ordinal))
            {
                Close();
                title = line.Trim('=', ' ');
            }
            else if (line.StartsWith("options:", StringComparison.Ordinal))
            {
                options.AddRange(line["options:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
            else if (line == "needs a process")
            {
                needsProcess = true;
            }
            else if (line.StartsWith("not with ", StringComparison.Ordinal))
            {
                notWith.Add(HostOf(file, line, number));
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                steps.Add(Step(file, line, number));
            }
        }

        Close();
        return scenarios;

        void Close()
        {
            if (title is not null)
                scenarios.Add(new Scenario($"{file}: {title}", [.. options], needsProcess, [.. notWith], [.. steps]));

            options.Clear();
            notWith.Clear();
            steps.Clear();
            needsProcess = false;
        }
    }

    // "not with HOST: reason"
    private static string HostOf(string file, string line, int number)
    {
        string[] parts = line["not with ".Length..].Split(": ", 2);
        return parts.Length == 2 && Hosts.Contains(parts[0])
            ? parts[0]
            : throw new FormatException(
                $"{file}.txt, line {number}: expected \"not with HOST: reason\", HOST one of {string.Join(", ", Hosts)}");
    }

    private static ScenarioStep Step(string file, string line, int number)
    {
        if (Commands.TryGetValue(line, out StepKind command))
            return new ScenarioStep(command, "", number);

        foreach ((string prefix, StepKind kind) in Prefixes)
        {
            if (line.StartsWith(prefix, StringComparison.Ordinal))
                return new ScenarioStep(kind, line[prefix.Length..].Trim(), number);
        }

        throw new FormatException($"{file}.txt, line {number}: no line of a scenario begins so");
    }
}
