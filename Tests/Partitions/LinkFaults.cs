using System.Globalization;
using System.Text;
using System.Text.Json;
using OrleansShards.Tests.Processes;

namespace OrleansShards.Tests.Partitions;

/// <summary>
/// Disturbs the packets that pass a lab's switch, and counts those that it has disturbed. Packets are dropped and doubled by nftables in
/// the switch's namespace; slow ones wait in a class of a token bucket (htb) at the port that they leave by. That is what netem does, by
/// what more kernels have. Only IP is touched: neighbors stay known, as behind a router that drops.
/// </summary>
internal sealed class LinkFaults
{
    private const string Fast = "10gbit";
    private const int SharePercent = 20;
    private const string Empty = "table bridge faults\ndelete table bridge faults\ntable netdev faults\ndelete table netdev faults\n";

    private readonly NetworkLab _lab;

    /// <summary>A lab without faults. Skips the test where the kernel has not what makes them.</summary>
    internal LinkFaults(NetworkLab lab)
    {
        _lab = lab;
        (int Code, string Output, string Errors)? tables = NetworkTools.Try("ip", Empty, [.. Nft, "-f", "-"]);
        Assert.SkipWhen(tables is not { Code: 0 }, $"this kernel filters no bridges by nftables: {tables?.Errors}");
        foreach (NetworkNode node in lab.Nodes)
        {
            string port = NetworkLab.PortTo(node.Name);
            (int Code, string Output, string Errors)? queue = NetworkTools.Try(
                "tc", null, [.. Tc, .. $"qdisc add dev {port} root handle 1: htb default 1".Split(' ')]);
            Assert.SkipWhen(queue is not { Code: 0 }, $"this kernel has no token buckets (sch_htb): {queue?.Errors}");
            Rate("add", node.Name, 1, Fast);
            Rate("add", node.Name, 2, Fast);
        }
    }

    private string[] Nft => ["netns", "exec", _lab.Switch, "nft"];

    private string[] Tc => ["-n", _lab.Switch];

    /// <summary>From now on these faults are there, and no others.</summary>
    /// <param name="rate">How fast slow ways are, as <c>tc</c> writes it.</param>
    /// <param name="faults">The faults.</param>
    internal void Apply(string rate, params IReadOnlyList<LinkFault> faults)
    {
        foreach (string node in faults.Where(IsSlow).SelectMany(static fault => fault.Links).Select(static link => link.To).Distinct())
            Rate("change", node, 2, rate);

        NetworkTools.Feed("ip", Rules(faults), [.. Nft, "-f", "-"]);
    }

    /// <summary>How many packets each fault has met since it was applied.</summary>
    internal IReadOnlyDictionary<(LinkFaultKind Kind, Link Link), long> Counts()
    {
        Dictionary<(LinkFaultKind, Link), long> counts = [];
        using var all = JsonDocument.Parse(NetworkTools.Run("ip", [.. Nft, "-j", "list", "ruleset"]));
        foreach (JsonElement item in all.RootElement.GetProperty("nftables").EnumerateArray())
        {
            if (!item.TryGetProperty("rule", out JsonElement rule))
                continue;

            string[] words = rule.GetProperty("comment").GetString()!.Split(' ');
            long packets = rule.GetProperty("expr").EnumerateArray()
                .Single(static part => part.TryGetProperty("counter", out _)).GetProperty("counter").GetProperty("packets").GetInt64();
            counts.Add((Enum.Parse<LinkFaultKind>(words[0]), new Link(words[1], words[2])), packets);
        }

        return counts;
    }

    /// <summary>How many packets had to wait for room on a slow way to a node, in all its time.</summary>
    internal long Waited(string node)
    {
        string text = NetworkTools.Run("tc", [.. Tc, "-s", "-j", "qdisc", "show", "dev", NetworkLab.PortTo(node)]);
        using var queues = JsonDocument.Parse(text);
        return queues.RootElement.EnumerateArray().Sum(static queue => queue.GetProperty("overlimits").GetInt64());
    }

    /// <summary>Takes all faults away. What waits on a slow way goes on at once.</summary>
    internal void Heal()
    {
        NetworkTools.Feed("ip", Empty, [.. Nft, "-f", "-"]);
        foreach (NetworkNode node in _lab.Nodes)
            Rate("change", node.Name, 2, Fast);
    }

    private static bool IsSlow(LinkFault fault) => fault.Kind is LinkFaultKind.Slowness or LinkFaultKind.Reordering;

    // A slow way has a small burst: otherwise the first packets after a pause go by at full speed, and nothing is overtaken.
    private void Rate(string verb, string node, int number, string rate)
    {
        string burst = rate == Fast ? "4m" : "1600";
        string command = string.Create(
            CultureInfo.InvariantCulture,
            $"class {verb} dev {NetworkLab.PortTo(node)} parent 1: classid 1:{number} htb rate {rate} burst {burst} cburst {burst} "
            + $"quantum 20000");
        NetworkTools.Run("tc", [.. Tc, .. command.Split(' ')]);
    }

    private string Rules(IReadOnlyList<LinkFault> faults)
    {
        StringBuilder bridge = new(), netdev = new();
        foreach (LinkFault fault in faults)
        {
            foreach (Link link in fault.Links)
            {
                string passing = $"iifname \"{NetworkLab.PortTo(link.From)}\" oifname \"{NetworkLab.PortTo(link.To)}\" meta protocol ip";
                string share = string.Create(CultureInfo.InvariantCulture, $"numgen random mod 100 < {SharePercent}");
                string comment = $"comment \"{fault.Kind} {link.From} {link.To}\"";
                string address = _lab[link.To].Address.ToString();
                _ = fault.Kind switch
                {
                    LinkFaultKind.Cut => bridge.AppendLine($"{passing} counter drop {comment}"),
                    LinkFaultKind.Loss => bridge.AppendLine($"{passing} {share} counter drop {comment}"),
                    LinkFaultKind.Slowness => bridge.AppendLine($"{passing} counter meta priority set 1:2 {comment}"),
                    LinkFaultKind.Reordering => bridge.AppendLine($"{passing} {share} counter meta priority set 1:2 {comment}"),
                    LinkFaultKind.Duplication => netdev
                        .AppendLine($"chain d{link.From}{link.To} {{")
                        .AppendLine($"type filter hook ingress device \"{NetworkLab.PortTo(link.From)}\" priority 0")
                        .AppendLine($"ip daddr {address} {share} counter dup to \"{NetworkLab.PortTo(link.To)}\" {comment}")
                        .AppendLine("}"),
                };
            }
        }

        return $"{Empty}table bridge faults {{\nchain passing {{\ntype filter hook forward priority 0\n{bridge}}}\n}}\n"
            + $"table netdev faults {{\n{netdev}}}\n";
    }
}
