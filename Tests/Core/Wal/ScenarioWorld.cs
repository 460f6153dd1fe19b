using System.Globalization;
using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>
/// Replicas of one log on one store and one clock, driven command by command. Nothing happens by itself: the store
/// carries a request out when the scenario says so, and its completion arrives when the scenario says so.
/// </summary>
internal sealed partial class ScenarioWorld
{
    private readonly SortedDictionary<string, ReplicaHost> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReplicaHost> _all = [];
    private readonly ScriptedStore _store = new();
    private readonly List<string> _said = [];
    private readonly List<(string Asker, StoreRequest Request)> _late = [];
    private Instant _now;
    private ulong _runs;

    /// <summary>Carries one line out and returns what was to be seen.</summary>
    internal IReadOnlyList<string> Run(string line)
    {
        _said.Clear();
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool isQuiet = words[0] == "quietly";
        Command(isQuiet ? words[1..] : words);
        return isQuiet ? [] : [.. _said];
    }

    private void Command(string[] words)
    {
        string[] args = words[1..];
        switch (words[0])
        {
            case "start": Start(args[0], args[1..]); break;
            case "crash": _running.Remove(args[0]); break;
            case "time": Advance(args[0]); break;
            case "wait": Wait(args[0]); break;
            case "propose": Each(args, (replica, word, output) => replica.Propose(Entry(word), word, output)); break;
            case "read": Each(args, (replica, word, output) => replica.Read(word, output)); break;
            case "lead": Lead(args); break;
            case "stepdown": Step(args[0], (replica, output) => replica.StepDown(_now, output)); break;
            case "poll": Step(args[0], (replica, output) => replica.Poll(_now, output)); break;
            case "tick": Step(args[0], (replica, output) => replica.Tick(_now, output)); break;
            case "flush": Step(args[0], (replica, output) => replica.Flush(_now, output)); break;
            case "do": Deliver(args[0], Apply(args)); break;
            case "apply": Apply(args); break;
            case "deliver": Deliver(args[0], Find(args, isDone: true)); break;
            case "land": Land(args[0]); break;
            case "settle": Settle(args[0]); break;
            case "write": Write(args); break;
            case "log": SayLog(); break;
            case "state": SayState(_running[args[0]]); break;
            case "tamper": _running[args[0]].Machine.Tamper(); break;
            case "damage": Damage(args); break;
            case "forge": Forge(args); break;
            default: throw new ArgumentException($"'{words[0]}' is not a command");
        }
    }

    private void Start(string name, string[] options)
    {
        Assert.False(_running.ContainsKey(name), $"{name} runs already");
        ReplicaHost host = new(name, ++_runs, ScenarioOptions.Parse(options));
        _running[name] = host;
        _all[$"{name}#{host.Run}"] = host;
        Step(name, (replica, output) => replica.Start(_now, output));
    }

    private void Advance(string milliseconds) =>
        _now += TimeSpan.FromMilliseconds(int.Parse(milliseconds, CultureInfo.InvariantCulture));

    private void Wait(string milliseconds)
    {
        Advance(milliseconds);
        foreach (string name in _running.Keys)
            Step(name, (replica, output) => replica.Tick(_now, output));
    }

    private void Each(string[] args, Action<LogReplica<string>, string, LogOutput<string>> act)
    {
        foreach (string word in args[1..])
            Step(args[0], (replica, output) => act(replica, word, output));
    }

    /// <summary><c>lead NAME [unless WORD]</c>: with a condition, called off where that word is in the log by then.</summary>
    private void Lead(string[] args)
    {
        ListMachine machine = _running[args[0]].Machine;
        Func<bool>? goesOn = args is [_, "unless", var word] ? () => !machine.Words.Contains(word) : null;
        Step(args[0], (replica, output) => replica.Lead(_now, output, goesOn));
    }

    /// <summary>Proposes, flushes and lets the store work: a write where it does not matter how.</summary>
    private void Write(string[] args)
    {
        Each(args, (replica, word, output) => replica.Propose(Entry(word), word, output));
        Step(args[0], (replica, output) => replica.Flush(_now, output));
        Settle(args[0]);
    }

    private void Step(string name, Action<LogReplica<string>, LogOutput<string>> step)
    {
        ReplicaHost host = _running[name];
        (List<Effect> effects, List<LogNotice<string>> notices) = host.Step(step);
        _said.AddRange(notices.Select(notice => $"{name}: {ScenarioText.Of(notice)}"));
        _said.AddRange(effects.Select(effect => $"{name} {ScenarioText.Of(effect)}"));
        bool hasView = host.Machine.OpenViews == 0 || host.Replica.Role == LogRole.Leading;
        Assert.True(hasView, $"{name} leaves a view of its state open");
    }

    private static ReadOnlyMemory<byte> Entry(string word) => System.Text.Encoding.UTF8.GetBytes(word);
}
