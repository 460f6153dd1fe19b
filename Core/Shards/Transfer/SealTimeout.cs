namespace OrleansShards.Core.Shards;

/// <summary>
/// When a target may ask for a seal, and how long clients waited. Where a seal came to nothing, clients have waited for
/// nothing: the target backs off, for longer each time.
/// </summary>
internal sealed class SealTimeout(ShardTurn turn)
{
    private const int DoublingsMax = 4;

    private Instant _notBefore;
    private int _failed;
    private (MoveId Move, Instant From) _sealed;
    private (MoveId Move, long Us) _pause;

    /// <summary>Whether it may be asked for now.</summary>
    internal bool MayAsk => turn.Now >= _notBefore;

    /// <summary>It was asked for; no answer may come.</summary>
    internal void Asked() => _notBefore = turn.Now + turn.Config.RetryInterval;

    /// <summary>The source is sealed: writes may have been held since it was asked for.</summary>
    internal void Sealed(MoveId move, Instant askedAt) => _sealed = (move, askedAt);

    /// <summary>The target serves.</summary>
    internal void Served(MoveId move)
    {
        if (_sealed.Move == move && _pause.Move != move)
            _pause = (move, (long)(turn.Now - _sealed.From).TotalMicroseconds);
    }

    /// <summary>The pause of a move, in microseconds; 0 where this run has not measured it.</summary>
    internal long PauseUsOf(MoveId move) => _pause.Move == move ? _pause.Us : 0;

    /// <summary>A seal came to nothing.</summary>
    internal void OnSealFailed()
    {
        _notBefore = turn.Now + (turn.Config.MoveSealRetry * (1 << Math.Min(_failed, DoublingsMax)));
        _failed++;
    }

    /// <summary>Another move.</summary>
    internal void Forget() => _failed = 0;
}
