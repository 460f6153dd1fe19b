using System.Diagnostics.CodeAnalysis;

namespace OrleansShards.Core.Json;

/// <summary>What kind of JSON value a text is. Not persisted and not sent: the numbers may change.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "String and Object are JSON's own names here")]
public enum JsonKind
{
    /// <summary>No value at all: <c>default(JsonText)</c>.</summary>
    None = 0,

    /// <summary><c>null</c>.</summary>
    Null,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A number in any notation.</summary>
    Number,

    /// <summary>A string.</summary>
    String,

    /// <summary>An array.</summary>
    Array,

    /// <summary>An object.</summary>
    Object,
}
