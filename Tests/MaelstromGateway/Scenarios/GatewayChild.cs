using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>A gateway's process.</summary>
internal sealed class GatewayChild : IScenarioGateway
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly StringBuilder _errors = new();

    internal GatewayChild(IReadOnlyList<string> options)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        // With the tests' own frameworks: what they have, the build does not copy beside the gateway here.
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add("--runtimeconfig");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "OrleansShards.Tests.runtimeconfig.json"));
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "maelstrom-gateway.dll"));
        foreach (string option in options)
            start.ArgumentList.Add(option);

        _process = Process.Start(start)!;
        new Thread(ReadLines) { IsBackground = true }.Start();
        _process.ErrorDataReceived += (_, text) => Keep(text.Data);
        _process.BeginErrorReadLine();
    }

    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    internal int Id => _process.Id;

    internal Process Process => _process;

    public void Send(byte[] bytes)
    {
        Stream input = _process.StandardInput.BaseStream;
        input.Write(bytes);
        input.Flush();
    }

    public string? ReadLine(TimeSpan limit)
    {
        if (_lines.TryTake(out string? line, limit))
            return line;

        return _lines.IsCompleted ? null : throw new TimeoutException();
    }

    public int EndInput()
    {
        _process.StandardInput.Close();
        return WaitForEnd();
    }

    public int Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
        return WaitForEnd();
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();

        _process.Dispose();
    }

    private int WaitForEnd()
    {
        Assert.True(_process.WaitForExit(EndLimit),
            $"expected the end within {EndLimit.TotalSeconds} s; stderr: {Errors}");
        _process.WaitForExit();
        return _process.ExitCode;
    }

    private void ReadLines()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
            _lines.Add(line);

        _lines.CompleteAdding();
    }

    private void Keep(string? line)
    {
        // Null is the end.
        if (line is not null)
        {
            lock (_errors)
                _errors.AppendLine(line);
        }
    }
}
