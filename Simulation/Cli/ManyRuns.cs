using OrleansShards.CommandLine;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Cli;

/// <summary>Seed after seed, until their number is reached, time is over, or a rule is broken.</summary>
internal sealed class ManyRuns(SimulationRequest request, Surroundings around)
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(20);

    private readonly WallClock _clock = new();
    private readonly RunStatistics _all = new();
    private readonly List<RunResult> _violations = [];
    private TimeSpan _progressAt = ProgressEvery;
    private volatile bool _isCancelled;

    /// <summary>Carries the runs out.</summary>
    /// <returns>The exit code.</returns>
    internal int Execute()
    {
        string profiles = string.Join(", ", request.Profiles.Select(static profile => profile.Name));
        string count = request.Seeds is { } seeds ? seeds.ToString(CultureInfo.InvariantCulture) : "as many as time allows";
        around.Output.WriteLine($"seeds from {request.First} on, {count}; profile {profiles}; {request.Threads} at once");
        around.Output.Flush();
        Console.CancelKeyPress += Cancel;
        new Campaign(options => around.Execute(options, null), request.Threads).Run(Next, OnReply);
        Console.CancelKeyPress -= Cancel;
        TimeSpan wall = _clock.Elapsed;
        if (!request.KeepsGoing && _violations is [var first, ..])
        {
            new ViolationReport(request, around).Tell(first);
            around.Output.WriteLine();
        }

        Report.Summary(around.Output, _all, wall);
        if (_violations.Count == 0 && _all.Runs < request.Seeds)
            around.Output.WriteLine($"ended by {(_isCancelled ? "Ctrl-C" : "--minutes")} after {_all.Runs} of {request.Seeds} seeds");

        int code = new Demands(request, around).Check(_all);
        around.Output.WriteLine(_violations.Count == 0 ? "no rule was broken" : $"rules were broken in {_violations.Count} runs");
        return _violations.Count > 0 ? ExitCodes.Failure : code;
    }

    private RunOptions? Next(long number)
    {
        bool isEnough = _isCancelled || number >= request.Seeds || _clock.Elapsed >= request.Limit;
        return isEnough ? null : request.OptionsOf(request.First + (ulong)number);
    }

    private bool OnReply(RunResult result)
    {
        _all.Add(result.Statistics);
        if (result.Rule is not null)
        {
            _violations.Add(result);
            if (!request.KeepsGoing)
                return false;

            ViolationReport.TellShortly(around.Output, result);
        }

        if (_clock.Elapsed > _progressAt)
        {
            _progressAt = _clock.Elapsed + ProgressEvery;
            around.Errors.WriteLine($"simulate: {_all.Runs} runs, {_clock.Elapsed.TotalSeconds:0} s, {_violations.Count} violations");
        }

        return true;
    }

    /// <summary>The first Ctrl-C ends the list of seeds and has what was run summed up; the second ends the process.</summary>
    private void Cancel(object? sender, ConsoleCancelEventArgs pressed)
    {
        pressed.Cancel = !_isCancelled;
        _isCancelled = true;
    }
}
