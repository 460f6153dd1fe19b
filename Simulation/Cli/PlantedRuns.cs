#if PLANTED
using OrleansShards.CommandLine;
using OrleansShards.Simulation.Exploring;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Cli;

/// <summary>Looks for each planted defect, seed after seed, in several rounds: shows that the simulator can fail, and how fast.</summary>
internal sealed class PlantedRuns(SimulationRequest request, Surroundings around)
{
    private const long SeedsMax = 3_000;
    private const long SoundSeeds = 60;
    private const ulong RoundApart = 1_000_000;

    /// <summary>Without faults, runs find next to nothing.</summary>
    private readonly Profile[] _profiles = [.. request.Profiles.Where(static profile => profile != Profile.Calm)];

    /// <returns>The exit code.</returns>
    internal int Execute()
    {
        (string Name, string Rule, string Profile, string World)[] defects =
            [.. Planted.All.Where(defect => request.Defect is null || defect.Name == request.Defect)];
        if (defects.Length == 0)
        {
            string[] all = [.. Planted.All.Select(static defect => defect.Name)];
            string hint = Nearest.Hint(request.Defect!, all, $"; expected {string.Join(", ", all)}");
            around.Errors.WriteLine($"simulate: no defect is named \"{request.Defect}\"{hint}");
            return ExitCodes.BadOptions;
        }

        if (request.Explores || defects is [{ Profile: "none" }])
            return Explore([.. defects.Where(static defect => defect.World != "")]);

        defects = [.. defects.Where(static defect => defect.Profile != "none")];
        if (request.IsSingle)
        {
            // Shows one violation, and the smallest run that has it.
            Planted.Active = request.Defect;
            return new SeedRuns(request, around).ExecuteOne();
        }

        if (!IsSound())
            return ExitCodes.Failure;

        around.Output.WriteLine($"{"defect",-40} {"median",7} {"most",7} {"reached",9}  rule of the checker");
        int missed = defects.Count(defect => !Find(defect.Name, ProfilesOf(defect.Profile)));
        around.Output.WriteLine($"{defects.Length - missed} found, {missed} missed");
        return missed == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>Looks for each by every order of its world's events; of one, the conversation is written, too.</summary>
    private int Explore((string Name, string Rule, string Profile, string World)[] defects)
    {
        using StringWriter unseen = new();
        int missed = 0;
        around.Output.WriteLine($"{"defect",-40} {"world",-16} {"states",7} {"events",7} {"seconds",8}  rule of the checker");
        foreach ((string name, _, _, string world) in defects)
        {
            Planted.Active = name;
            WallClock clock = new();
            TextWriter conversation = defects.Length == 1 ? around.Output : unseen;
            ExplorationResult result = ExploreProcess.Explore(
                SmallWorlds.All.Single(small => small.Name == world), ExploreRequest.StatesDefault, conversation, around.Errors);
            missed += result.Violation is null ? 1 : 0;
            around.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-40} {world,-16} {result.States,7} {result.Order.Count,7} {clock.Elapsed.TotalSeconds,8:0.0}  "
                + $"{result.Violation?.Rule ?? "MISSED"}"));
            around.Output.Flush();
        }

        around.Output.WriteLine($"{defects.Length - missed} found, {missed} missed");
        return missed == 0 && defects.Length > 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>Without an active defect no rule may be broken: otherwise the table would prove nothing.</summary>
    private bool IsSound()
    {
        Planted.Active = null;
        (long seeds, string? rule) = Search(1, SoundSeeds, _profiles);
        if (rule is not null)
            around.Output.WriteLine($"with no defect switched on, seed {seeds} breaks {rule}: no table would mean anything");

        return rule is null;
    }

    /// <summary>A defect that shows seldom in runs of other profiles is looked for in one.</summary>
    private Profile[] ProfilesOf(string name) =>
        name == "" ? _profiles : [Profile.All.Single(profile => profile.Name == name)];

    private bool Find(string name, Profile[] profiles)
    {
        Planted.Active = name;
        Planted.Reached = 0;
        WallClock clock = new();
        List<long> needed = [];
        SortedSet<string> rules = new(StringComparer.Ordinal);
        for (int round = 0; round < request.Rounds && needed.Count == round; round++)
        {
            (long seeds, string? rule) = Search(1 + ((ulong)round * RoundApart), request.SeedsGiven ?? SeedsMax, profiles);
            if (rule is not null)
            {
                needed.Add(seeds);
                rules.Add(rule);
            }
        }

        needed.Sort();
        bool isFound = needed.Count == request.Rounds;
        string median = isFound ? needed[needed.Count / 2].ToString(CultureInfo.InvariantCulture) : "-";
        string most = isFound ? needed[^1].ToString(CultureInfo.InvariantCulture) : "-";
        string what = isFound ? string.Join(", ", rules) : $"MISSED after {needed.Count} rounds that found it";
        around.Output.WriteLine($"{name,-40} {median,7} {most,7} {Planted.Reached,9}  {what}");
        around.Output.Flush();
        around.Errors.WriteLine($"simulate: {name} took {clock.Elapsed.TotalSeconds:0.0} s");
        return isFound;
    }

    /// <summary>How many seeds it takes until a rule is broken, and which rule; null if none is.</summary>
    private (long Seeds, string? Rule) Search(ulong first, long most, Profile[] profiles)
    {
        (long Seeds, string? Rule) found = (0, null);
        new Campaign(options => around.Execute(options, null), request.Threads).Run(
            number => number < most ? Options(first + (ulong)number, profiles) : null,
            result =>
            {
                found = (found.Seeds + 1, result.Rule);
                return result.Rule is null;
            });
        return found;
    }

    private RunOptions Options(ulong seed, Profile[] profiles) =>
        new(seed, profiles[(int)(seed % (ulong)profiles.Length)], request.Set, request.Skip);
}
#endif
