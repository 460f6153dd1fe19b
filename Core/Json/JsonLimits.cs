namespace OrleansShards.Core.Json;

/// <summary>How deep JSON may nest. One nesting level is one array or object; a bare number has depth 0.</summary>
public static class JsonLimits
{
    /// <summary>
    /// Deepest nesting of a key or of a value: 64 levels, as most JSON libraries allow by default. Deeper text is
    /// refused with an error by everything that yields a <see cref="JsonText"/>.
    /// </summary>
    public const int DepthMax = 64;

    /// <summary>
    /// Deepest nesting of a text that carries values inside it (a message, a shard's snapshot): 72 levels. The eight
    /// above <see cref="DepthMax"/> are for the envelope, so that whatever could be written can also be sent in a
    /// snapshot: envelope, body, snapshot, data make four; sessions and their recorded replies make six.
    /// </summary>
    public const int MessageDepthMax = DepthMax + 8;
}
