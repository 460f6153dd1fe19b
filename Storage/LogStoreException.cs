namespace OrleansShards.Storage;

/// <summary>A store cannot do what was asked; the text says what was wrong and what was expected.</summary>
public sealed class LogStoreException : Exception
{
    /// <summary>With a text for an operator.</summary>
    public LogStoreException(string text)
        : base(text)
    {
    }

    /// <summary>With a text for an operator, and the cause.</summary>
    public LogStoreException(string text, Exception cause)
        : base(text, cause)
    {
    }
}
