using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;

namespace OrleansShards.Tests.Processes;

/// <summary>
/// A gateway process that many ask at once. Every open request has a source of its own, as a gateway answers one source in
/// order: none waits for the answer to another. Thread-safe.
/// </summary>
internal sealed class GatewayPipe : IDisposable
{
    private const int LinesTold = 40;

    private readonly Process _process;
    private readonly Action<string>? _toNodes;
    private readonly ConcurrentDictionary<long, Question> _open = [];
    private readonly ConcurrentStack<string> _freeSources = [];
    private readonly ConcurrentQueue<string> _errors = [];

    // A process that is stopped reads nothing: whoever asks it must not wait until its pipe has room.
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(new() { SingleReader = true });
    private int _sources;
    private long _ids;
    private volatile bool _hasEnded;

    /// <summary>Starts the process.</summary>
    /// <param name="start">How.</param>
    /// <param name="toNodes">Takes the lines that it sends to other nodes; null where it sends none.</param>
    internal GatewayPipe(ProcessStartInfo start, Action<string>? toNodes = null)
    {
        _toNodes = toNodes;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} could not be started");
        _process.ErrorDataReceived += (_, line) => Tell(line.Data);
        _process.BeginErrorReadLine();
        _ = Task.Run(WriteAsync);
        _ = Task.Run(ReadAsync);
    }

    internal int Id => _process.Id;

    internal bool HasEnded => _hasEnded;

    /// <summary>How many requests have no answer although whoever asked waits no more.</summary>
    internal int Overdue => _open.Values.Count(static question => question.IsOverdue);

    /// <summary>The last lines of its log.</summary>
    internal IEnumerable<string> Told => _errors;

    /// <summary>
    /// Asks, and waits for the answer's body; null where none has come by the limit, or the process has ended. A request
    /// that is not answered by the limit stays open, and counts as overdue, until it is.
    /// </summary>
    /// <param name="destination">The node that is asked.</param>
    /// <param name="type">The type of the request.</param>
    /// <param name="fields">The other fields of its body: nothing, or JSON members that each begin with a comma.</param>
    /// <param name="limit">How long to wait.</param>
    internal async Task<JsonElement?> AskAsync(string destination, string type, string fields, TimeSpan limit)
    {
        string source = _freeSources.TryPop(out string? free)
            ? free
            : string.Create(CultureInfo.InvariantCulture, $"c{Interlocked.Increment(ref _sources)}");
        Question question = new(source);
        long id = Interlocked.Increment(ref _ids);
        _open[id] = question;
        string number = id.ToString(CultureInfo.InvariantCulture);
        string body = $$"""{"type":"{{type}}","msg_id":{{number}}{{fields}} }""";
        _lines.Writer.TryWrite($$"""{"src":"{{source}}","dest":"{{destination}}","body":{{body}} }""");
        if (_hasEnded)
            CloseAll();

        try
        {
            return await question.Answer.Task.WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            question.IsOverdue = true;
            return null;
        }
    }

    /// <summary>Delivers a line from another node.</summary>
    internal void Deliver(string line) => _lines.Writer.TryWrite(line);

    /// <summary>SIGKILL, to it and to what it has started.</summary>
    internal void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    /// <summary>Sends it a signal by its name, such as STOP or CONT.</summary>
    internal void Signal(string name)
    {
        using Process kill = Process.Start("kill", ["-s", name, Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        if (kill.ExitCode != 0)
            throw new InvalidOperationException($"SIG{name} could not be sent to process {Id}");
    }

    /// <summary>Closes its input, and waits for its end; its exit code, or null where it does not end within the limit.</summary>
    internal async Task<int?> EndAsync(TimeSpan limit)
    {
        _lines.Writer.TryComplete();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit);
            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();

        _process.Dispose();
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (string line in _lines.Reader.ReadAllAsync())
            {
                await _process.StandardInput.WriteLineAsync(line);
                await _process.StandardInput.FlushAsync();
            }

            _process.StandardInput.Close();
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
            // The process has ended; the reader closes what is open.
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _process.StandardOutput.ReadLineAsync() is { } line)
            {
                if (_toNodes is not null && line.Contains("\"type\":\"orleans\"", StringComparison.Ordinal))
                {
                    _toNodes(line);
                    continue;
                }

                JsonElement body = JsonElement.Parse(line).GetProperty("body");
                if (_open.TryRemove(body.GetProperty("in_reply_to").GetInt64(), out Question? question))
                {
                    _freeSources.Push(question.Source);
                    question.Answer.TrySetResult(body);
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or IOException or ObjectDisposedException)
        {
            Tell($"its output cannot be read any more: {fault.Message}");
        }

        _hasEnded = true;
        CloseAll();
    }

    private void CloseAll()
    {
        foreach (long id in _open.Keys)
        {
            if (_open.TryRemove(id, out Question? question))
                question.Answer.TrySetResult(null);
        }
    }

    private void Tell(string? line)
    {
        _errors.Enqueue(line ?? "(the end of its log)");
        while (_errors.Count > LinesTold)
            _errors.TryDequeue(out _);
    }

    private sealed class Question(string source)
    {
        private volatile bool _isOverdue;

        internal string Source => source;

        internal TaskCompletionSource<JsonElement?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal bool IsOverdue
        {
            get => _isOverdue;
            set => _isOverdue = value;
        }
    }
}
