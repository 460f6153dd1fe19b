namespace OrleansShards.Tests.House;

/// <summary>
/// A type or a member, from its first modifier (attributes not counted) to its last brace or semicolon.
/// <see cref="Kind"/> is the type's keyword, <c>code</c> for a member that does something, <c>data</c> for a field or
/// property that only holds something.
/// </summary>
internal sealed record Declaration(string Kind, string Name, bool IsTopLevel, bool IsPublic, int Start, int End)
{
    public bool IsType => Kind is not ("code" or "data");
}
