namespace OrleansShards.Client.Routing;

/// <summary>A call has not left this process, so nobody has carried it out; the text says why.</summary>
public sealed class NotSentException(string text) : Exception(text);
