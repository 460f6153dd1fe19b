using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Hosting;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Health;

/// <summary>
/// Tells systemd, where it has started this process as a service of <c>Type=notify</c>, that the silo is ready: once, when
/// <c>/health/ready</c> first says so. Then that it stops. The unit's status line is the reason that <c>/health/ready</c> gives.
/// </summary>
/// <remarks>
/// Not <c>UseSystemd</c>: its lifetime takes the signals, which are <see cref="CommandLine.ProcessStop"/>'s, and tells that a service is
/// ready when its HTTP server listens, which a silo's does before it has opened its database.
/// </remarks>
internal sealed partial class SystemdReadiness : BackgroundService
{
    // While systemd waits, and later, when only the status line is at stake.
    private static readonly TimeSpan StartInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(5);

    // Beyond the deadline of the silo's own, which comes first: systemd's end of a service is kill -9 without a line.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly ISystemdNotifier _systemd;
    private readonly ReadinessCheck _readiness;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly SiloSettings _settings;
    private readonly ILogger<SystemdReadiness> _logger;
    private readonly CancellationTokenRegistration _stopping;
    private string _status = "";
    private bool _isReady;
    private bool _isStopping;
    private bool _hasFailed;

    public SystemdReadiness(
        ISystemdNotifier systemd, ReadinessCheck readiness, IHostApplicationLifetime lifetime, SiloSettings settings,
        ILogger<SystemdReadiness> logger)
    {
        (_systemd, _readiness, _lifetime, _settings, _logger) = (systemd, readiness, lifetime, settings, logger);
        _stopping = lifetime.ApplicationStopping.Register(OnStopping);
    }

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer looks = new(StartInterval);
        try
        {
            do
            {
                OnReport(await _readiness.CheckAsync(stoppingToken));
                looks.Period = _isReady ? StatusInterval : StartInterval;
            }
            while (await looks.WaitForNextTickAsync(stoppingToken) && !_lifetime.ApplicationStopping.IsCancellationRequested);
        }
        catch (OperationCanceledException)
        {
            // The silo has stopped.
        }
    }

    private void OnReport(ClusterHealthReport report)
    {
        lock (_gate)
        {
            // The silo may have been told to stop while it was asked: nothing comes after STOPPING.
            if (_isStopping || (report.Ready == _isReady && report.Reason == _status))
                return;

            string ready = report.Ready && !_isReady ? "READY=1\n" : "";
            if (!Tell($"{ready}STATUS={Line(report.Reason)}"))
                return;

            _status = report.Reason;
            _isReady |= report.Ready;
        }
    }

    private void OnStopping()
    {
        lock (_gate)
        {
            _isStopping = true;
            TimeSpan limit = _settings.Drain + SiloHost.StopLimit + Margin;
            Tell($"STOPPING=1\nSTATUS=the silo is stopping\nEXTEND_TIMEOUT_USEC={limit.TotalMicroseconds:0}");
        }
    }

    // A failure must not end the silo: systemd decides what a service is worth that says nothing. While the silo starts it is tried again.
    private bool Tell(string state)
    {
        try
        {
            _systemd.Notify(new ServiceState(state));
            return true;
        }
        catch (SocketException failure)
        {
            if (!_hasFailed)
                LogNotTold(failure.Message);

            _hasFailed = true;
            return false;
        }
    }

    // A line ends an assignment.
    private static string Line(string text) => text.ReplaceLineEndings(" ");

    [LoggerMessage(LogEvents.SystemdNotTold, LogLevel.Warning,
        "systemd cannot be told of this silo's state: {Reason}; look at NOTIFY_SOCKET, and at NotifyAccess in the unit")]
    private partial void LogNotTold(string reason);
}

internal static class SystemdReadinessExtensions
{
    /// <summary>Adds it where systemd waits for it (NOTIFY_SOCKET).</summary>
    internal static void AddSystemdReadiness(this IServiceCollection services)
    {
        SystemdNotifier systemd = new();
        if (!systemd.IsEnabled)
            return;

        services.AddSingleton<ISystemdNotifier>(systemd);
        services.AddHostedService<SystemdReadiness>();
    }
}
