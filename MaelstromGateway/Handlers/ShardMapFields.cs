using System.Globalization;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>The shard map as several replies show it.</summary>
internal static class ShardMapFields
{
    /// <summary>Writes the object that maps a shard's number to its group, in the order of the numbers.</summary>
    internal static void WriteOwners(ConfigReply config, ref ReplyWriter writer)
    {
        writer.Json.BeginObject();
        foreach ((int shard, GroupId owner) in config.Shards)
        {
            writer.Json.Name(shard.ToString(CultureInfo.InvariantCulture));
            writer.Json.WriteString(owner.Value);
        }

        writer.Json.EndObject();
    }
}
