// The one place with threads: each run stays on one.
#pragma warning disable RS0030
using System.Runtime.ExceptionServices;

namespace OrleansShards.Simulation.Running;

/// <summary>
/// Many runs on several threads. What came of them is told in the order in which they were listed, so that how many
/// threads there are changes nothing but the time.
/// </summary>
/// <param name="execute">Carries one run out; on several threads at once.</param>
/// <param name="threads">On how many.</param>
internal sealed class Campaign(Func<RunOptions, RunResult> execute, int threads)
{
    private readonly object _gate = new();
    private readonly Dictionary<long, RunResult> _early = [];
    private long _begun;
    private long _told;
    private bool _isOver;
    private Exception? _failure;

    /// <summary>Runs until the list ends or whoever hears says that it is enough.</summary>
    /// <param name="next">The run of this number, counted from 0; null where there is no more. One call at a time.</param>
    /// <param name="heard">
    /// Told each result, one at a time, in order; false ends the campaign: nothing that comes behind is told.
    /// </param>
    internal void Run(Func<long, RunOptions?> next, Func<RunResult, bool> heard)
    {
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() => Work(next, heard)))];
        foreach (Thread worker in workers)
            worker.Start();

        foreach (Thread worker in workers)
            worker.Join();

        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    private void Work(Func<long, RunOptions?> next, Func<RunResult, bool> heard)
    {
        try
        {
            while (Begin(next, out long number) is { } options)
                End(number, execute(options), heard);
        }
        catch (Exception failure)
        {
            lock (_gate)
            {
                _isOver = true;
                _failure ??= failure;
            }
        }
    }

    private RunOptions? Begin(Func<long, RunOptions?> next, out long number)
    {
        lock (_gate)
        {
            number = _begun++;
            return _isOver ? null : next(number);
        }
    }

    private void End(long number, RunResult result, Func<RunResult, bool> heard)
    {
        lock (_gate)
        {
            _early.Add(number, result);
            while (!_isOver && _early.Remove(_told, out RunResult? first))
            {
                _told++;
                _isOver = !heard(first);
            }
        }
    }
}
