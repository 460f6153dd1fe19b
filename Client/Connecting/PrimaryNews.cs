using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace OrleansShards.Client.Connecting;

/// <summary>Raises the event once a term, in order, on a pool thread, so that a slow handler does not delay notices.</summary>
internal sealed partial class PrimaryNews
{
    // If a handler falls this many changes behind, the oldest are dropped.
    private const int WaitingMax = 16;

    private readonly ILogger<PrimaryNews> _logger;
    private readonly Lock _gate = new();
    private readonly Channel<PrimaryChanged> _waiting = Channel.CreateBounded<PrimaryChanged>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropOldest });
    private Term _newest;

    public PrimaryNews(ILogger<PrimaryNews> logger)
    {
        _logger = logger;
        // Without the caller's execution context, which would stay with the loop.
        ThreadPool.UnsafeQueueUserWorkItem(static news => _ = news.RaiseAllAsync(), this, preferLocal: false);
    }

    internal event Action<PrimaryChanged>? Changed;

    internal void Publish(PrimaryChanged news)
    {
        lock (_gate)
        {
            if (!(news.Term > _newest))
                return;

            _newest = news.Term;
            _waiting.Writer.TryWrite(news);
        }
    }

    private async Task RaiseAllAsync()
    {
        await foreach (PrimaryChanged news in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                Changed?.Invoke(news);
            }
            catch (Exception defect)
            {
                LogDefect(defect);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "the application's handler of PrimaryChanged failed")]
    private partial void LogDefect(Exception defect);
}
