namespace OrleansShards.Simulation.Histories;

/// <summary>How operations are written where people read them.</summary>
internal static class OperationText
{
    // A list of a long history would bury what is around it.
    private const int ValueCharactersMax = 48;

    internal static string Line(Operation operation) => string.Create(
        CultureInfo.InvariantCulture,
        $"p{operation.Process} {Span(operation)} {operation.Key}: {Request(operation)} -> {Result(operation)}");

    internal static string Span(Operation operation) => string.Create(
        CultureInfo.InvariantCulture, $"{operation.InvokedAt}..{operation.ReturnedAt}");

    internal static string Request(Operation operation) => operation.Action switch
    {
        KeyAction.Read => "read",
        KeyAction.Write => $"write {Short(operation.Value)}",
        KeyAction.CompareAndSet => $"cas {Short(operation.Expected)} to {Short(operation.Value)}"
            + (operation.CreateIfAbsent ? " or create" : ""),
        KeyAction.Delete => "delete",
    };

    internal static string Result(Operation operation)
    {
        string found = operation.Found is null ? "" : $" {Short(operation.Found)}";
        return (operation.IsOpen ? OperationResult.Unknown : operation.Result) switch
        {
            OperationResult.Unknown => "unknown",
            OperationResult.Done => operation.Action == KeyAction.Read ? $"found{found}" : "done",
            OperationResult.Absent => "absent",
            OperationResult.Differs => $"differs{found}",
        };
    }

    internal static string Short(string? value) => value switch
    {
        null => "nothing",
        { Length: > ValueCharactersMax } => $"{value[..(ValueCharactersMax / 2)]}…{value[^(ValueCharactersMax / 2)..]}",
        _ => value,
    };
}
