using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>What is wrong with a <see cref="BrokenStore"/>.</summary>
internal enum StoreDefect
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A write that it acknowledges is not carried out.</summary>
    LosesAWrite,

    /// <summary>A read gets what was there before the last change.</summary>
    ServesAStaleRead,

    /// <summary>An increment that it acknowledges is not carried out, so that its step is made again.</summary>
    RepeatsAStep,
}

/// <summary>
/// A dictionary that does one thing wrong when it has been used for a while. A few times: a single lost write may be
/// overwritten before anybody looks, and then it is nobody's loss.
/// </summary>
internal sealed class BrokenStore(StoreDefect defect) : IAsker
{
    private const int SoundFor = 2_000;
    private const int TimesWrong = 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _before = new(StringComparer.Ordinal);
    private int _wrong;
    private int _asked;

    /// <summary>Whether it has done what it is made for.</summary>
    internal bool IsDone => defect == StoreDefect.None || _wrong == TimesWrong;

    public Task<ClientOutcome> AskAsync(ClientRequest request, TimeSpan deadline)
    {
        KeyCommand command = ((ClientRequest.OnKey)request).Command;
        lock (_gate)
        {
            KeyReply reply = Carry(command, command.Key.ToString());
            return Task.FromResult<ClientOutcome>(reply.Verdict == KeyVerdict.Done
                ? new ClientOutcome.Applied(reply)
                : new ClientOutcome.Rejected(reply));
        }
    }

    private KeyReply Carry(KeyCommand command, string key)
    {
        string? value = _values.GetValueOrDefault(key);
        bool isBroken = ++_asked > SoundFor;
        if (isBroken && command.Verb == KeyVerb.Read && _before.GetValueOrDefault(key) is { } before
            && before != value && Do(StoreDefect.ServesAStaleRead))
        {
            return Found(KeyVerdict.Done, before);
        }

        bool creates = command.Verb == KeyVerb.Write || command is { Verb: KeyVerb.CompareAndSet, CreateIfAbsent: true };
        if (value is null && !creates)
            return new KeyReply(KeyVerdict.Absent, default);

        if (command.Verb == KeyVerb.Read)
            return Found(KeyVerdict.Done, value!);

        if (command.Verb == KeyVerb.CompareAndSet && value is not null && value != command.Expected.ToString())
            return Found(KeyVerdict.Differs, value);

        Change(command, key, value, isBroken);
        return new KeyReply(KeyVerdict.Done, default);
    }

    private void Change(KeyCommand command, string key, string? value, bool isBroken)
    {
        bool isCounter = key.StartsWith("\"c", StringComparison.Ordinal);
        if (isBroken && command.Verb == KeyVerb.Write && Do(StoreDefect.LosesAWrite))
            return;

        _before[key] = value;
        if (command.Verb == KeyVerb.Delete)
        {
            _values.Remove(key);
        }
        else
        {
            _values[key] = isBroken && isCounter && value is not null && Do(StoreDefect.RepeatsAStep)
                ? value
                : command.Value.ToString();
        }
    }

    private bool Do(StoreDefect what) => what == defect && _wrong < TimesWrong && ++_wrong > 0;

    private static KeyReply Found(KeyVerdict verdict, string value) => new(verdict, JsonText.Parse(value));
}
