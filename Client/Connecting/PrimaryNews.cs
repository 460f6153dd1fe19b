using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace OrleansShards.Client.Connecting;

/// <summary>
/// Tells the application who leads, once a term and in order, on the pool's threads: what it does with the news holds
/// up no notice.
/// </summary>
internal sealed partial class PrimaryNews(ILogger<PrimaryNews> logger)
{
    // Whoever handles news so slowly that as many takeovers wait gets the latest.
    private const int WaitingMax = 16;

    private readonly Lock _gate = new();
    private readonly Channel<PrimaryChanged> _waiting = Channel.CreateBounded<PrimaryChanged>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropOldest });
    private Term _newest;
    private bool _isTelling;

    /// <summary>Hears of it.</summary>
    internal event Action<PrimaryChanged>? Changed;

    internal void Tell(PrimaryChanged news)
    {
        lock (_gate)
        {
            if (!(news.Term > _newest))
                return;

            _newest = news.Term;
            _waiting.Writer.TryWrite(news);
            if (!_isTelling)
            {
                _isTelling = true;
                ThreadPool.UnsafeQueueUserWorkItem(static news => news.TellAll(), this, preferLocal: false);
            }
        }
    }

    private void TellAll()
    {
        while (TryTake(out PrimaryChanged? news))
        {
            try
            {
                Changed?.Invoke(news!);
            }
            catch (Exception defect)
            {
                LogDefect(defect);
            }
        }
    }

    private bool TryTake(out PrimaryChanged? news)
    {
        lock (_gate)
            return _isTelling = _waiting.Reader.TryRead(out news);
    }

    [LoggerMessage(LogLevel.Error, "a handler of the application failed at the news of a new primary")]
    private partial void LogDefect(Exception defect);
}
