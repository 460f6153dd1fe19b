using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansShards.Grains.Interfaces.Membership;

/// <summary>One version of the table of silos, as stored in its file: JSON.</summary>
internal sealed record MembershipFile
{
    /// <summary>The format that this release writes, and the only one that it reads.</summary>
    internal const int CurrentFormat = 1;

    /// <summary>The format of the file; a release that changes what a field means raises it.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The Orleans cluster whose silos these are.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The table's version, which is also the file's name. It only rises.</summary>
    public required int Version { get; init; }

    /// <summary>The silos, dead ones included until Orleans removes them.</summary>
    public required IReadOnlyList<MembershipRow> Members { get; init; }

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, MembershipJson.Default.MembershipFile);

    /// <summary>Reads a file's content, which is not empty; the path is for error texts.</summary>
    /// <exception cref="InvalidDataException">It is damaged, of another format, or of another cluster.</exception>
    internal static MembershipFile Parse(string path, ReadOnlySpan<byte> content, int version, string clusterId)
    {
        try
        {
            // The head is read first: another format may have other fields.
            MembershipFileHead head = JsonSerializer.Deserialize(content, MembershipJson.Default.MembershipFileHead)
                ?? throw new JsonException("it is null");
            if (head.Format != CurrentFormat)
            {
                throw new InvalidDataException(
                    $"'{path}' has format {head.Format}; this release reads format {CurrentFormat}. Silos and clients of "
                    + "one directory have to be of releases that share a format.");
            }

            if (head.ClusterId != clusterId)
            {
                throw new InvalidDataException(
                    $"'{path}' belongs to the cluster '{head.ClusterId}'; expected '{clusterId}'. Each cluster needs a "
                    + "directory of its own (--data), and its silos and clients the same cluster id (--cluster-id).");
            }

            MembershipFile file = JsonSerializer.Deserialize(content, MembershipJson.Default.MembershipFile)!;
            return file.Version == version ? file : throw Damaged(path, $"it says that it is version {file.Version}");
        }
        catch (Exception failure) when (failure is JsonException or FormatException)
        {
            throw Damaged(path, failure.Message, failure);
        }
    }

    /// <summary>The error for a file whose content no silo wrote.</summary>
    internal static InvalidDataException Damaged(string path, string reason, Exception? cause = null) => new(
        $"'{path}' is damaged: {reason}. Expected a version of the table of silos. The directory "
        + $"'{Path.GetDirectoryName(path)}' only says which silos are up: once all of them are stopped, it can be "
        + "deleted, and is created again when they start.",
        cause);
}

/// <summary>The fields that tell whether the rest can be read.</summary>
internal sealed record MembershipFileHead(int Format, string ClusterId);

/// <summary>A silo in the table: <see cref="MembershipEntry"/> with stable names.</summary>
internal sealed record MembershipRow
{
    public required SiloAddress Silo { get; init; }
    public required SiloStatus Status { get; init; }
    public string? Name { get; init; }
    public string? Host { get; init; }

    /// <summary>Where clients connect; 0 where none do.</summary>
    public required int ProxyPort { get; init; }

    public string? Role { get; init; }
    public int UpdateZone { get; init; }
    public int FaultZone { get; init; }
    public required DateTime StartTime { get; init; }

    /// <summary>As of the row's last change; later heartbeats are in the silo's heartbeat file.</summary>
    public required DateTime IAmAliveTime { get; init; }

    /// <summary>Null and empty differ, as Orleans gave them.</summary>
    public IReadOnlyList<MembershipSuspicion>? Suspicions { get; init; }

    /// <summary>The table's version when this row changed: the row's etag.</summary>
    public required int ChangedAt { get; init; }
}

/// <summary>A silo's vote for another silo's death.</summary>
internal sealed record MembershipSuspicion(SiloAddress Silo, DateTime Time);

/// <summary>A silo's heartbeat, in its own file.</summary>
internal sealed record MembershipHeartbeat(SiloAddress Silo, DateTime IAmAliveTime);

/// <summary>Generated at build: reflection would add some ten milliseconds to a silo's start.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(MembershipFile))]
[JsonSerializable(typeof(MembershipFileHead))]
[JsonSerializable(typeof(MembershipHeartbeat))]
internal sealed partial class MembershipJson : JsonSerializerContext;
