using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace OrleansShards.Client.Connecting;

/// <summary>
/// Raises the application's event for a new primary, at most once a term and in order. It does so on a pool thread, so that
/// a slow handler does not delay notices.
/// </summary>
internal sealed partial class PrimaryNews(ILogger<PrimaryNews> logger)
{
    // If a handler falls this many changes behind, the oldest are dropped.
    private const int WaitingMax = 16;

    private readonly Lock _gate = new();
    private readonly Channel<PrimaryChanged> _waiting = Channel.CreateBounded<PrimaryChanged>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropOldest });
    private Term _newest;
    private bool _isRaising;

    internal event Action<PrimaryChanged>? Changed;

    internal void Publish(PrimaryChanged news)
    {
        lock (_gate)
        {
            if (!(news.Term > _newest))
                return;

            _newest = news.Term;
            _waiting.Writer.TryWrite(news);
            if (!_isRaising)
            {
                _isRaising = true;
                ThreadPool.UnsafeQueueUserWorkItem(static news => news.RaiseAll(), this, preferLocal: false);
            }
        }
    }

    private void RaiseAll()
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
            return _isRaising = _waiting.Reader.TryRead(out news);
    }

    [LoggerMessage(LogLevel.Error, "the application's handler of PrimaryChanged failed")]
    private partial void LogDefect(Exception defect);
}
