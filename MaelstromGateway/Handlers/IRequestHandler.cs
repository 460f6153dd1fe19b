namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Knows one message type. Without state.</summary>
internal interface IRequestHandler
{
    /// <summary>The <c>type</c> that it knows.</summary>
    string Type { get; }

    /// <summary>
    /// Reads what is asked. On the reader's thread; keeps nothing of the fields' memory, and leaves a fault in
    /// <paramref name="fields"/> where something is wrong with them: what it answers is not used then.
    /// </summary>
    Operation Read(BodyFields fields);
}
