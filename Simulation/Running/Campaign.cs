// The one place with threads: each run stays on one.
#pragma warning disable RS0030
using System.Runtime.ExceptionServices;

namespace OrleansShards.Simulation.Running;

/// <summary>Many runs on several threads. Results are reported in the list's order: the number of threads changes only the time.</summary>
internal sealed class Campaign(Func<RunOptions, RunResult> execute, int threads)
{
    private readonly object _gate = new();
    private readonly Dictionary<long, RunResult> _early = [];
    private long _begun;
    private long _reported;
    private bool _isOver;
    private Exception? _failure;

    /// <param name="next">The run of this number, counted from 0; null at the end of the list. One call at a time.</param>
    /// <param name="onResult">Called for each result, one at a time, in order. If it returns false, no later result is reported.</param>
    internal void Run(Func<long, RunOptions?> next, Func<RunResult, bool> onResult)
    {
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() => Work(next, onResult)))];
        foreach (Thread worker in workers)
            worker.Start();

        foreach (Thread worker in workers)
            worker.Join();

        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    private void Work(Func<long, RunOptions?> next, Func<RunResult, bool> onResult)
    {
        try
        {
            while (Begin(next, out long number) is { } options)
                End(number, execute(options), onResult);
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

    private void End(long number, RunResult result, Func<RunResult, bool> onResult)
    {
        lock (_gate)
        {
            _early.Add(number, result);
            while (!_isOver && _early.Remove(_reported, out RunResult? first))
            {
                _reported++;
                _isOver = !onResult(first);
            }
        }
    }
}
