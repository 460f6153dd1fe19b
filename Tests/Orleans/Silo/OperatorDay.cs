using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansShards.Tests.Orleans.Silo.Api;
using OrleansShards.Tests.Orleans.Silo.Cli;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>
/// A cluster's day, as its operator has it from the command line, while an application writes: a group is added and fills, a move is
/// planned, done and undone, the primary is handed over and later killed, and what a backup has is restored elsewhere.
/// </summary>
internal sealed class OperatorDay : IAsyncDisposable
{
    private const int Shards = 8;
    private const string Shard = "3";

    private readonly string _directory = Directory.CreateTempSubdirectory("orleansshards-day-").FullName;
    private readonly List<SiloRun> _silos = [];
    private readonly Func<string[], int[], SiloRun> _start;
    private Application? _application;

    /// <param name="start">Starts a silo of this cluster, with more options, on these ports.</param>
    internal OperatorDay(Func<string[], int[], SiloRun> start) => _start = (options, ports) => start(
        ["--shards", $"{Shards}", "--failover-after-ms", "2000", .. options], ports);

    private string BackupPath => Path.Combine(_directory, "cluster.backup");

    private string Url => UrlOf(_silos[0]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts as many silos, and an application that writes to them until the day ends.</summary>
    internal async Task FoundAsync(int silos)
    {
        for (int silo = 1; silo <= silos; silo++)
            _silos.Add(_start(["--name", $"s{silo}"], FreePorts.Take(3)));

        foreach (SiloRun silo in _silos)
            await silo.UntilReadyIsAsync(true);

        string status = await UntilShownAsync("status", "takes over when");
        Assert.Contains($"{Shards} shards, n1 leads in term ", status, StringComparison.Ordinal);
        for (int silo = 1; silo <= silos; silo++)
            Assert.Contains($"s{silo} ", status, StringComparison.Ordinal);

        await DoneAsync("put", "color", "blue", "--client-id", "painter", "--seq", "1");
        await DoneAsync("cas", "color", "blue", "green");
        Assert.Equal("\"green\"\n", await DoneAsync("get", "color"));
        _application = new Application(_silos);
        await _application.HasGoneOnAsync();
    }

    /// <summary>Adds a group, on a silo of its own where the cluster has several, and watches it fill.</summary>
    internal async Task AddGroupAsync()
    {
        if (_silos.Count > 1)
        {
            SiloRun silo = _start(["--name", "s4", "--groups", "g4"], FreePorts.Take(3));
            _silos.Add(silo);
            await silo.UntilReadyIsAsync(true);
            _application!.Add(silo);
            await UntilShownAsync("groups", "`shards join g4`");
        }

        string plan = await DoneAsync("join", "g4", "--plan");
        Assert.StartsWith("plan: 2 shards would move", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("\ng4 ", await DoneAsync("groups"), StringComparison.Ordinal);
        string filled = await DoneAsync("join", "g4", "--yes", "--wait");
        Assert.Equal(2, filled.Split(" is at g4: ").Length - 1);
        using ApiClient api = new(_silos[0]);

        // Asked until it is answered: where the primary changes meanwhile, the answer is to ask again (503, code 11).
        await api.UntilAsync("/api/v1/groups", static known => known.GetProperty("groups").EnumerateArray().Any(static group =>
            group.GetProperty("gid").GetString() == "g4" && group.GetProperty("member").GetBoolean()
            && group.GetProperty("shards").GetInt32() == 2 && group.GetProperty("wanted").GetInt32() == 2));
        if (_silos.Count > 1)
            await api.UntilAsync("/api/v1/groups", static known => Carriers(known) is ["s4"]);

        await _application!.HasGoneOnAsync();

        static string?[] Carriers(JsonElement known) =>
        [
            .. known.GetProperty("groups").EnumerateArray().Single(static one => one.GetProperty("gid").GetString() == "g4")
                .GetProperty("silos").EnumerateArray().Select(static silo => silo.GetString()),
        ];
    }

    /// <summary>Plans a move, has it done, and undoes it.</summary>
    internal async Task MoveAndUndoAsync()
    {
        using ApiClient api = new(_silos[0]);
        string source = (await api.GetAsync($"/api/v1/shards/{Shard}")).Field("gid");
        string target = source == "g4" ? "n1" : "g4";
        string plan = await DoneAsync("migrate", Shard, target, "--plan");
        Assert.StartsWith("plan: one shard would move", plan, StringComparison.Ordinal);
        Assert.Equal(source, (await api.GetAsync($"/api/v1/shards/{Shard}")).Field("gid"));
        Assert.Contains(
            $"shard {Shard} is at {target}: ", await DoneAsync("migrate", Shard, target, "--yes", "--wait"), StringComparison.Ordinal);
        Assert.StartsWith("plan: one shard would move", await DoneAsync("undo", Shard, "--plan"), StringComparison.Ordinal);
        Assert.Contains($"shard {Shard} is at {source}: ", await DoneAsync("undo", Shard, "--yes", "--wait"), StringComparison.Ordinal);
        string history = await DoneAsync("history");
        Assert.Contains($"shard {Shard} from {target} to {source}", history, StringComparison.Ordinal);
        await _application!.HasGoneOnAsync();
    }

    /// <summary>Hands the primary over, and then kills the silo that has it.</summary>
    internal async Task SwitchOverAndKillAsync()
    {
        Assert.Contains("n1 would hand over to n2", await DoneAsync("switchover", "--plan"), StringComparison.Ordinal);
        ShardsResult last = null!;
        await Condition.HoldsAsync(
            async () =>
            {
                // The shadow may be slow on a busy machine: then the primary leads on, and says that it can be asked again.
                last = await ShardsRun.RunAsync(Url, "switchover", "--yes");
                return last.ExitCode != 4 || !last.Errors.Contains("it can be asked again", StringComparison.Ordinal);
            },
            () => $"a switchover; the last answer is {last.Errors}");
        Assert.StartsWith("n2 leads in term ", last.Done(), StringComparison.Ordinal);
        await _application!.HasGoneOnAsync();
        await UntilShownAsync("status", "n1 takes over when");
        using ApiClient api = new(_silos[0]);
        string? place = (await api.GetAsync("/api/v1/cluster")).IsDone().GetProperty("masters").EnumerateArray()
            .Single(static one => one.GetProperty("role").GetString() == "primary").GetProperty("silo").GetString();
        int number = int.Parse(place!.TrimStart('s'), CultureInfo.InvariantCulture);
        SiloRun killed = _silos[number - 1];
        killed.Kill();
        if (_silos.Count == 1)
        {
            // The only silo: it is started again, where it was.
            _silos[0] = _start(["--name", "s1"], [killed.SiloPort, killed.GatewayPort, killed.HttpPort]);
            await _silos[0].UntilReadyIsAsync(true);
        }
        else
        {
            _silos.Remove(killed);
        }

        killed.Dispose();
        using ApiClient after = new(_silos[0]);

        // n1 by a takeover, or n2 where it was started anew before that.
        await after.UntilAsync("/api/v1/cluster", static one => one.GetProperty("term").ValueKind == JsonValueKind.Number
            && one.GetProperty("term").GetInt64() > 2 && one.GetProperty("primary").ValueKind == JsonValueKind.String);
        await _application.HasGoneOnAsync();
        string history = await UntilShownAsync("history", "n2 leads after n1: a planned switch-over");
        Assert.Contains(history.Split('\n'), static line => line.Contains("  term  ", StringComparison.Ordinal)
            && (line.Contains("n2 had fallen silent", StringComparison.Ordinal) || line.Contains("leads on", StringComparison.Ordinal)));
        Assert.Contains("undoes move", history, StringComparison.Ordinal);
    }

    /// <summary>Backs up under load, verifies, and restores into a fresh cluster of another shape.</summary>
    internal async Task BackUpAndRestoreElsewhereAsync()
    {
        IReadOnlyDictionary<string, int> before = _application!.Acknowledged;
        Assert.Contains($"{Shards} shards", await DoneAsync("backup", BackupPath), StringComparison.Ordinal);
        IReadOnlyDictionary<string, int> sent = await _application.StopAsync();
        Assert.Contains($"{Shards} shards", await DoneAsync("verify", BackupPath), StringComparison.Ordinal);

        using SiloRun fresh = new("--shards", $"{Shards}", "--groups", "a,b,c", "--cluster-id", "elsewhere");
        await fresh.UntilReadyIsAsync(true);
        string url = UrlOf(fresh);
        (await ShardsRun.RunAsync(url, "restore", BackupPath, "--plan")).Done();
        (await ShardsRun.RunAsync(url, "get", "color")).Failed(6, "the key does not exist");
        (await ShardsRun.RunAsync(url, "restore", BackupPath, "--yes")).Done();

        using ApiClient restored = new(fresh);
        foreach ((string key, int last) in sent)
        {
            int value = (await restored.GetAsync($"/api/v1/keys/{key}")).IsDone().GetProperty("value").GetInt32();
            Assert.InRange(value, before[key], last);
        }

        // Carried out on the day, and not again.
        (await ShardsRun.RunAsync(url, "put", "color", "blue", "--client-id", "painter", "--seq", "1")).Done();
        Assert.Equal("\"green\"\n", (await ShardsRun.RunAsync(url, "get", "color")).Done());
        (await ShardsRun.RunAsync(url, "restore", BackupPath, "--yes")).Failed(7, "restored from backup");
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
            await _application.DisposeAsync();

        foreach (SiloRun silo in _silos)
            silo.Dispose();

        Directory.Delete(_directory, recursive: true);
    }

    private async Task<string> DoneAsync(params string[] arguments) => (await ShardsRun.RunAsync(Url, arguments)).Done();

    private async Task<string> UntilShownAsync(string command, string text)
    {
        using CancellationTokenSource limit = new(SiloRun.Limit);
        ShardsResult result = await ShardsRun.RunAsync(Url, command);
        while (!result.Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(limit.IsCancellationRequested, $"shards {command} did not show {text}: {result.Output}{result.Errors}");
            result = await ShardsRun.RunAsync(Url, command);
        }

        return result.Output;
    }

    private static string UrlOf(SiloRun silo) => $"http://127.0.0.1:{silo.HttpPort}";

    /// <summary>Counts up the values of its keys, one after the other, each write once, however often it has to be sent.</summary>
    private sealed class Application : IAsyncDisposable
    {
        private static readonly string[] Keys = [.. Enumerable.Range(0, 40).Select(static key => $"count{key}")];

        private readonly Lock _lock = new();
        private readonly Dictionary<string, int> _acknowledged = [];
        private readonly Dictionary<string, int> _sent = [];
        private readonly List<ApiClient> _silos;
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        private readonly Task _run;
        private int _total;

        internal Application(IEnumerable<SiloRun> silos)
        {
            _silos = [.. silos.Select(static silo => new ApiClient(silo))];
            _run = Task.Run(RunAsync);
        }

        internal IReadOnlyDictionary<string, int> Acknowledged
        {
            get
            {
                lock (_lock)
                    return new Dictionary<string, int>(_acknowledged);
            }
        }

        internal void Add(SiloRun silo)
        {
            lock (_lock)
                _silos.Add(new ApiClient(silo));
        }

        /// <summary>Waits until each key was written once more since.</summary>
        internal async Task HasGoneOnAsync()
        {
            int until = Volatile.Read(ref _total) + Keys.Length;
            using CancellationTokenSource limit = new(SiloRun.Limit);
            using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(50));
            while (Volatile.Read(ref _total) < until)
            {
                Assert.False(_run.IsFaulted, $"the application has ended: {_run.Exception}");
                Assert.False(limit.IsCancellationRequested, $"the application did not get on; last: {Last}");
                await looks.WaitForNextTickAsync(Stop);
            }
        }

        /// <summary>Ends it; the last value of each key that it has sent.</summary>
        internal async Task<IReadOnlyDictionary<string, int>> StopAsync()
        {
            await _stop.CancelAsync();
            await _run;
            return _sent;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _silos.ForEach(static silo => silo.Dispose());
            _stop.Dispose();
        }

        private string Last { get; set; } = "nothing";

        private async Task RunAsync()
        {
            using PeriodicTimer pace = new(TimeSpan.FromMilliseconds(10));
            for (int count = 1, seq = 1; !_stop.IsCancellationRequested; count++)
            {
                foreach (string key in Keys)
                {
                    _sent[key] = count;
                    if (!await WriteAsync($"/api/v1/keys/{key}?client_id=application&seq={seq++}", $"{count}", pace))
                        return;

                    lock (_lock)
                        _acknowledged[key] = count;

                    Interlocked.Increment(ref _total);
                }
            }
        }

        // What is not known to be done is sent again, as it was; false at the end.
        private async Task<bool> WriteAsync(string path, string value, PeriodicTimer pace)
        {
            for (int attempt = 0; !_stop.IsCancellationRequested; attempt++)
            {
                await pace.WaitForNextTickAsync(Stop);
                ApiClient silo;
                lock (_lock)
                    silo = _silos[attempt % _silos.Count];

                try
                {
                    ApiAnswer answer = await silo.PutAsync(path, value);
                    Last = answer.Text;
                    if (answer.Status == HttpStatusCode.OK)
                        return true;

                    Assert.True(answer.Status >= HttpStatusCode.InternalServerError, answer.Text);
                }
                catch (HttpRequestException gone)
                {
                    Last = gone.Message;
                }
            }

            return false;
        }
    }
}
