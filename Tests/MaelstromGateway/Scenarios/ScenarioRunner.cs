namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>Holds a scenario's conversation with gateways of a host.</summary>
internal sealed class ScenarioRunner : IDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly Scenario _scenario;
    private readonly IScenarioHost _host;
    private readonly string _directory = Directory.CreateTempSubdirectory("scenario-").FullName;
    private readonly List<string> _options;
    private IScenarioGateway? _gateway;
    private bool _hasEnded;
    private bool _expectsLog;
    private int _at;

    private ScenarioRunner(Scenario scenario, IScenarioHost host)
    {
        _scenario = scenario;
        _host = host;
        _options = [.. scenario.Options.Select(option => option.Replace("DIR", _directory, StringComparison.Ordinal))];
    }

    private ScenarioStep Step => _scenario.Steps[_at];

    internal static void Run(Scenario scenario, IScenarioHost host)
    {
        using var runner = new ScenarioRunner(scenario, host);
        runner.Run();
    }

    public void Dispose()
    {
        _gateway?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Run()
    {
        _gateway = _host.Start(_options);
        for (; _at < _scenario.Steps.Count; _at++)
            Take();

        _at--;
        if (!_hasEnded)
            End(_gateway!.EndInput());

        ExpectNothingMore();
    }

    private void Take()
    {
        switch (Step.Kind)
        {
            case StepKind.Send:
                _gateway!.Send(LinePattern.Bytes(Step.Text));
                break;
            case StepKind.Expect:
                Expect(Read(), Step.Text);
                break;
            case StepKind.ExpectAnyOrder:
                ExpectAnyOrder();
                break;
            case StepKind.SendUntil:
                SendUntil();
                break;
            case StepKind.ExpectLog:
                ExpectLog();
                break;
            case StepKind.EndInput:
                End(_gateway!.EndInput());
                break;
            case StepKind.Restart:
                End(_gateway!.EndInput());
                ExpectNothingMore();
                StartAgain();
                break;
            case StepKind.Terminate:
                End(_gateway!.Terminate());
                break;
            case StepKind.Kill:
                _gateway!.Kill();
                StartAgain();
                break;
        }
    }

    private void StartAgain()
    {
        _gateway!.Dispose();
        _gateway = _host.Start(_options);
        _hasEnded = false;
        _expectsLog = false;
    }

    private string Read()
    {
        try
        {
            return _gateway!.ReadLine(AnswerLimit) ?? throw Failed(Step.Text, "the end of the output");
        }
        catch (TimeoutException)
        {
            throw Failed(Step.Text, $"nothing within {AnswerLimit.TotalSeconds} s");
        }
    }

    private void Expect(string line, string pattern)
    {
        if (!LinePattern.IsMatch(pattern, line))
            throw Failed(pattern, line);
    }

    private void ExpectAnyOrder()
    {
        List<string> patterns = [Step.Text];
        while (_at + 1 < _scenario.Steps.Count && _scenario.Steps[_at + 1].Kind == StepKind.ExpectAnyOrder)
        {
            _at++;
            patterns.Add(Step.Text);
        }

        while (patterns.Count > 0)
        {
            string line = Read();
            int found = patterns.FindIndex(pattern => LinePattern.IsMatch(pattern, line));
            if (found < 0)
                throw Failed(string.Join("\n       or ", patterns), line);

            patterns.RemoveAt(found);
        }
    }

    private void SendUntil()
    {
        byte[] sent = LinePattern.Bytes(Step.Text);
        _at++;
        string line = "";
        long limit = Environment.TickCount64 + (long)AnswerLimit.TotalMilliseconds;
        while (Environment.TickCount64 < limit)
        {
            _gateway!.Send(sent);
            line = Read();
            if (LinePattern.IsMatch(Step.Text, line))
                return;
        }

        throw Failed(Step.Text, $"for {AnswerLimit.TotalSeconds} s, at last: {line}");
    }

    private void ExpectLog()
    {
        _expectsLog = true;
        string text = Step.Text;
        Wait.Until(
            () => _gateway!.Errors.Contains(text, StringComparison.Ordinal),
            $"{Place()}: on stderr: {text}",
            () => _gateway!.Errors);
    }

    private void End(int exitCode)
    {
        _hasEnded = true;
        Assert.True(exitCode == 0, $"{Place()}: expected exit code 0; seen: {exitCode}; stderr: {_gateway!.Errors}");
    }

    private void ExpectNothingMore()
    {
        if (_gateway!.ReadLine(AnswerLimit) is { } line)
            throw Failed("no more output", line);

        if (!_expectsLog && GatewayNotice.Without(_gateway.Errors) is { Length: > 0 } errors)
            throw Failed("nothing on stderr", errors);
    }

    private string Place() => $"{_scenario.Name}, line {Step.LineNumber}";

    private Xunit.Sdk.FailException Failed(string expected, string seen) =>
        Xunit.Sdk.FailException.ForFailure(
            $"{Place()}\nexpected {expected}\nseen     {seen}\nstderr   {_gateway!.Errors}");
}
