using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OrleansShards.Tests.Processes;

/// <summary>
/// A network namespace that processes are started in. The test reaches what listens there through sockets that it makes
/// in the namespace: by its loopback address, so that no cut of the network between the namespaces cuts the test off.
/// </summary>
/// <param name="name">What it is called in a report.</param>
/// <param name="space">The namespace's name, as iproute2 has it.</param>
/// <param name="address">Its address in the network.</param>
internal sealed class NetworkNode(string name, string space, IPAddress address)
{
    private const int CloneNewNet = 0x4000_0000;

    internal string Name => name;

    internal string Space => space;

    internal IPAddress Address => address;

    /// <summary>The same process, in the namespace: <c>ip netns exec</c> becomes the program that it starts, and keeps its id.</summary>
    internal ProcessStartInfo Enter(ProcessStartInfo start)
    {
        string[] arguments = ["netns", "exec", space, start.FileName, .. start.ArgumentList];
        start.FileName = "ip";
        start.ArgumentList.Clear();
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);

        return start;
    }

    /// <summary>Makes a socket that belongs to the namespace, whoever uses it later.</summary>
    internal Socket Open(SocketType type, ProtocolType protocol)
    {
        Socket? socket = null;
        Exception? failure = null;

        // A namespace is a thread's. This one ends at once, so that it need not find its way back.
        Thread thread = new(() =>
        {
            try
            {
                using SafeFileHandle handle = File.OpenHandle($"/run/netns/{space}");
                if (SetNamespace(handle, CloneNewNet) != 0)
                    throw new InvalidOperationException($"the namespace {space} cannot be entered: error {Marshal.GetLastPInvokeError()}");

                socket = new Socket(AddressFamily.InterNetwork, type, protocol);
            }
            catch (Exception caught) when (caught is IOException or InvalidOperationException or SocketException)
            {
                failure = caught;
            }
        });
        thread.Start();
        thread.Join();
        return socket ?? throw new InvalidOperationException($"no socket in {name}: {failure?.Message}", failure);
    }

    /// <summary>For an HTTP handler.</summary>
    internal async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Socket socket = Open(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNamespace(SafeFileHandle handle, int kind);
}
