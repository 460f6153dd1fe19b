using System.Collections;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansShards.Grains.Nodes;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>
/// The silo's program, which hangs at SIGHUP, while its process lives and its sockets stay open. It runs in the start-up hook of this very
/// program: in the silo's own Orleans would look for grains in this assembly, and not find what it needs.
/// </summary>
internal static class HungSilo
{
    /// <summary>Every thread of the pool waits for ever and none is added: no grain, no probe and no page is answered.</summary>
    internal const string Pool = "pool";

    /// <summary>Every node's turn lasts for ever. Probes and pages are answered.</summary>
    internal const string Grains = "grains";

    private const int ThreadsMax = 1000;
    private static PosixSignalRegistration? _registration;
    private static volatile IHost? _host;

    /// <summary>Runs it with the process's arguments, and ends with its exit code.</summary>
    internal static void Run(string what)
    {
        Arm(what);
        Environment.Exit(OrleansShards.Silo.Program.Main(Environment.GetCommandLineArgs()[1..]).GetAwaiter().GetResult());
    }

    private static void Arm(string what)
    {
        DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(static listener =>
        {
            if (listener.Name == "Microsoft.Extensions.Hosting")
                listener.Subscribe(new Observer<KeyValuePair<string, object?>>(static built => _host = built.Value as IHost ?? _host));
        }));
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            if (what == Pool)
                HangPool();
            else
                HangGrains();
        });
    }

    private static void HangPool()
    {
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMaxThreads(workers, ports);

        // More than the pool has by now: those beyond its limit end one after the other.
        for (int i = 0; i < ThreadsMax; i++)
            ThreadPool.UnsafeQueueUserWorkItem(static _ => Thread.CurrentThread.Join(), null);
    }

    private static void HangGrains()
    {
        // The others go on at once: what the pool has besides those that hang does not come one a second.
        ThreadPool.SetMinThreads(ThreadsMax, ThreadsMax);
        FieldInfo field = typeof(NodeTicker).GetField("_subscriptions", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var grains = (IDictionary)field.GetValue(_host!.Services.GetRequiredService<NodeTicker>())!;
        foreach (TaskScheduler turns in grains.Values)
            _ = Task.Factory.StartNew(static () => Thread.CurrentThread.Join(), CancellationToken.None, TaskCreationOptions.None, turns);
    }

    private sealed class Observer<T>(Action<T> next) : IObserver<T>
    {
        public void OnNext(T value) => next(value);

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
