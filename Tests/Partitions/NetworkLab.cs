using System.Globalization;
using System.Net;
using OrleansShards.Tests.Processes;

namespace OrleansShards.Tests.Partitions;

/// <summary>
/// Network namespaces that are joined by a bridge in a further one, the switch, by a pair of veth devices each. Nothing of it is in the
/// machine's own network. All that runs in the namespaces ends with it, and what a run that was killed has left goes before the next.
/// </summary>
/// <remarks>Names begin with who made them: the process's id and the tick at which it was started, which no later process has.</remarks>
internal sealed class NetworkLab : IDisposable
{
    private const string Prefix = "orleansshards-lab-";
    private const string Spaces = "/run/netns";

    private static int _made;

    private readonly List<NetworkNode> _nodes = [];
    private readonly string _name;

    private NetworkLab()
    {
        string number = Interlocked.Increment(ref _made).ToString(CultureInfo.InvariantCulture);
        _name = $"{Prefix}{Environment.ProcessId}-{StartTicks(Environment.ProcessId)}-{number}";
        Directory = Path.Combine(Path.GetTempPath(), _name);
    }

    /// <summary>All nodes, in the order in which they were named.</summary>
    internal IReadOnlyList<NetworkNode> Nodes => _nodes;

    /// <summary>The namespace of the bridge, which has a port <c>to-NAME</c> for each node.</summary>
    internal string Switch => $"{_name}-switch";

    /// <summary>For files of the run; everybody may read it.</summary>
    internal string Directory { get; }

    /// <summary>The node of that name.</summary>
    internal NetworkNode this[string name] => _nodes.Single(node => node.Name == name);

    /// <summary>Lays it out. Skips the test where that cannot be done.</summary>
    internal static NetworkLab Make(params string[] names)
    {
        NetworkTools.SkipWhereMissing();
        RemoveLeftovers();
        NetworkLab lab = new();
        try
        {
            lab.LayOut(names);
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    /// <summary>The port of the switch that leads to a node.</summary>
    internal static string PortTo(string node) => $"to-{node}";

    /// <summary>A counter of a node's network stack, as <c>/proc/net/netstat</c> and <c>/proc/net/snmp</c> name it.</summary>
    internal static long Count(NetworkNode node, string name)
    {
        string text = NetworkTools.Run("ip", "netns", "exec", node.Space, "cat", "/proc/net/netstat", "/proc/net/snmp");
        foreach (string[] pair in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Chunk(2))
        {
            int at = Array.IndexOf(pair[0].Split(' '), name);
            if (at > 0)
                return long.Parse(pair[1].Split(' ')[at], CultureInfo.InvariantCulture);
        }

        throw new InvalidOperationException($"the system does not count {name}");
    }

    /// <summary>Removes what processes that are gone have left: namespaces, what runs in them, and files.</summary>
    internal static void RemoveLeftovers()
    {
        foreach (string space in NamesIn(Spaces).Where(IsLeftover))
            Remove(space);

        foreach (string directory in NamesIn(Path.GetTempPath()).Where(IsLeftover))
            System.IO.Directory.Delete(Path.Combine(Path.GetTempPath(), directory), recursive: true);
    }

    public void Dispose()
    {
        foreach (string space in NamesIn(Spaces).Where(name => name.StartsWith($"{_name}-", StringComparison.Ordinal)))
            Remove(space);

        if (System.IO.Directory.Exists(Directory))
            System.IO.Directory.Delete(Directory, recursive: true);
    }

    private void LayOut(string[] names)
    {
        System.IO.Directory.CreateDirectory(Directory);
        (int Code, string Output, string Errors)? made = NetworkTools.Try("ip", null, "netns", "add", Switch);
        Assert.SkipWhen(made is not { Code: 0 }, $"network namespaces cannot be made here: {made?.Errors}");
        Ip(Switch, "link add br0 type bridge");
        Ip(Switch, "link set dev br0 up");
        foreach (string name in names)
            Join(name, new IPAddress([10, 9, 0, (byte)(_nodes.Count + 1)]));
    }

    private void Join(string name, IPAddress address)
    {
        NetworkNode node = new(name, $"{_name}-{name}", address);
        NetworkTools.Run("ip", "netns", "add", node.Space);
        string port = PortTo(name);
        Ip(Switch, $"link add name {port} type veth peer name eth0 netns {node.Space}");
        Ip(Switch, $"link set dev {port} master br0");
        Ip(Switch, $"link set dev {port} up");
        Ip(node.Space, $"addr add {address}/24 dev eth0");
        Ip(node.Space, "link set dev eth0 up");
        Ip(node.Space, "link set dev lo up");
        _nodes.Add(node);
    }

    private static void Ip(string space, string command) => NetworkTools.Run("ip", ["-n", space, .. command.Split(' ')]);

    private static IEnumerable<string> NamesIn(string directory) => System.IO.Directory.Exists(directory)
        ? System.IO.Directory.GetFileSystemEntries(directory, $"{Prefix}*").Select(static path => Path.GetFileName(path))
        : [];

    // Killed first: a namespace lives as long as somebody is in it, whatever its name.
    private static void Remove(string space)
    {
        foreach (string id in NetworkTools.Run("ip", "netns", "pids", space).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            NetworkTools.Try("kill", null, "-s", "KILL", id);

        NetworkTools.Run("ip", "netns", "delete", space);
    }

    private static bool IsLeftover(string name)
    {
        string[] parts = name[Prefix.Length..].Split('-');
        return parts.Length >= 3 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out int id) && StartTicks(id) != parts[1];
    }

    /// <summary>When a process was started, in ticks since the machine was; null where there is none.</summary>
    private static string? StartTicks(int id)
    {
        const int AfterName = 19;
        try
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[AfterName];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
