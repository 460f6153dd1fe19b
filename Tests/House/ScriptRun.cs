using System.Collections.Concurrent;
using System.Diagnostics;

namespace OrleansShards.Tests.House;

/// <summary>A script of a <see cref="FakeHouse"/> that runs, with nothing on its stdin.</summary>
internal sealed class ScriptRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _output;
    private readonly Task _reading;

    public ScriptRun(FakeHouse house, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = house.At("knobs"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = house.At("tools");
        start.Environment["FAKE"] = house.At("knobs");
        start.Environment.Remove("CI");
        foreach (var line in File.Exists(house.At("knobs/env")) ? File.ReadAllLines(house.At("knobs/env")) : [])
            start.Environment[line.Split('=')[0]] = line.Split('=')[1];

        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _output = _process.StandardOutput.ReadToEndAsync();
        _reading = ReadErrors();
    }

    /// <summary>Done once the script has said that it waits for another one's build.</summary>
    public Task Waiting => _waiting.Task.WaitAsync(Limit);

    public async Task<ScriptResult> Ended()
    {
        try
        {
            await Task.WhenAll(_output, _reading, _process.WaitForExitAsync()).WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"the script did not end within {Limit}; it had said:\n{string.Join('\n', _errors)}");
        }

        return new(_process.ExitCode, await _output, string.Join('\n', _errors));
    }

    private async Task ReadErrors()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _errors.Enqueue(line);
            if (line.Contains("waiting for it", StringComparison.Ordinal))
                _waiting.TrySetResult();
        }
    }
}
