using OrleansShards.CommandLine;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Cli;

/// <summary>Runs one seed and reports it at length, or seed after seed until their end, a time limit or a broken rule.</summary>
internal sealed class SeedRuns(SimulationRequest request, Surroundings around)
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(20);

    private readonly WallClock _clock = new();
    private readonly RunStatistics _all = new();
    private readonly List<RunResult> _violations = [];
    private volatile bool _isCancelled;

    /// <summary>Runs one seed: prints what is drawn for it, then the result, and writes its trace if that is asked for.</summary>
    /// <returns>The exit code.</returns>
    internal int ExecuteOne()
    {
        RunOptions options = request.OptionsOf(request.First);
        foreach (string line in options.Lines())
            around.Output.WriteLine(line);

        around.Output.Flush();
        RunResult result;
        try
        {
            using StreamWriter? trace = request.TraceFile is null ? null : new StreamWriter(request.TraceFile);
            result = around.Execute(options, trace);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            around.Errors.WriteLine($"simulate: --trace is \"{request.TraceFile}\": {failure.Message}");
            return ExitCodes.BadOptions;
        }

        Report.Summary(around.Output, result.Statistics, _clock.Elapsed);
        int code = CheckFaults(result.Statistics);
        if (result.Rule is null)
        {
            around.Output.WriteLine("no rule was broken");
            return code;
        }

        new ViolationReport(request, around).Write(result);
        return ExitCodes.Failure;
    }

    /// <returns>The exit code.</returns>
    internal int ExecuteMany()
    {
        string profiles = string.Join(", ", request.Profiles.Select(static profile => profile.Name));
        string count = request.Seeds is { } seeds ? seeds.ToString(CultureInfo.InvariantCulture) : "as many as time allows";
        around.Output.WriteLine($"seeds from {request.First} on, {count}; profile {profiles}; {request.Threads} at once");
        around.Output.Flush();
        Console.CancelKeyPress += OnCancel;
        new Campaign(options => around.Execute(options, null), request.Threads).Run(Next, OnResult);
        Console.CancelKeyPress -= OnCancel;
        TimeSpan wall = _clock.Elapsed;
        if (!request.KeepsGoing && _violations is [var first, ..])
        {
            new ViolationReport(request, around).Write(first);
            around.Output.WriteLine();
        }

        Report.Summary(around.Output, _all, wall);
        if (_violations.Count == 0 && _all.Runs < request.Seeds)
            around.Output.WriteLine($"ended by {(_isCancelled ? "Ctrl-C" : "--minutes")} after {_all.Runs} of {request.Seeds} seeds");

        int code = CheckFaults(_all);
        around.Output.WriteLine(_violations.Count == 0 ? "no rule was broken" : $"rules were broken in {_violations.Count} runs");
        return _violations.Count > 0 ? ExitCodes.Failure : code;
    }

    private RunOptions? Next(long number)
    {
        bool isEnough = _isCancelled || number >= request.Seeds || _clock.Elapsed >= request.Limit;
        return isEnough ? null : request.OptionsOf(request.First + (ulong)number);
    }

    private bool OnResult(RunResult result)
    {
        _all.Add(result.Statistics);
        if (result.Rule is not null)
        {
            _violations.Add(result);
            if (!request.KeepsGoing)
                return false;

            ViolationReport.WriteShort(around.Output, result);
        }

        if (_clock.HasPassed(ProgressEvery))
            around.Errors.WriteLine($"simulate: {_all.Runs} runs, {_clock.Elapsed.TotalSeconds:0} s, {_violations.Count} violations");

        return true;
    }

    /// <summary>A fault that never happens is not tested: then the runs fail, if all faults are demanded.</summary>
    private int CheckFaults(RunStatistics all)
    {
        string[] missing = request.DemandsAllFaults ? [.. Report.Missing(all).Select(Report.NameOf)] : [];
        if (missing.Length == 0)
            return ExitCodes.Success;

        around.Output.WriteLine($"--demand-all-faults: never happened: {string.Join(", ", missing)}");
        return ExitCodes.Failure;
    }

    /// <summary>The first Ctrl-C ends the list of seeds and prints the summary; the second one ends the process.</summary>
    private void OnCancel(object? sender, ConsoleCancelEventArgs pressed)
    {
        pressed.Cancel = !_isCancelled;
        _isCancelled = true;
    }
}
