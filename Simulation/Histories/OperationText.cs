using System.Text;

namespace OrleansShards.Simulation.Histories;

/// <summary>The text of operations.</summary>
internal static class OperationText
{
    // A list of a long history would hide everything around it.
    private const int ValueCharactersMax = 48;

    internal static string Line(Operation operation) => string.Create(
        CultureInfo.InvariantCulture,
        $"p{operation.Process} {Span(operation)} {operation.Key}: {Request(operation)} -> {Result(operation)}");

    internal static string Span(Operation operation) => string.Create(
        CultureInfo.InvariantCulture, $"{operation.InvokedAt}..{operation.ReturnedAt}");

    internal static string Request(Operation operation) => operation.Action switch
    {
        KeyVerb.Read => "read",
        KeyVerb.Write => $"write {Short(operation.Value)}",
        KeyVerb.CompareAndSet => $"cas {Short(operation.Expected)} to {Short(operation.Value)}"
            + (operation.CreateIfAbsent ? " or create" : ""),
        KeyVerb.Delete => "delete",
    };

    internal static string Result(Operation operation)
    {
        string found = operation.Found is null ? "" : $" {Short(operation.Found)}";
        return (operation.IsOpen ? OperationResult.Unknown : operation.Result) switch
        {
            OperationResult.Unknown => "unknown",
            OperationResult.Done => operation.Action == KeyVerb.Read ? $"found{found}" : "done",
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

/// <summary>Draws a few operations so that one sees which overlap: a line for each, a column for each event.</summary>
internal static class Timeline
{
    // With more operations the bars would be wider than a screen; then only the times are written.
    private const int DrawnMax = 40;

    internal static string Render(IReadOnlyList<Operation> operations)
    {
        List<long> instants = [.. operations
            .SelectMany(static one => one.IsOpen ? [one.InvokedAt] : new[] { one.InvokedAt, one.ReturnedAt!.Value })
            .Distinct().Order()];
        (string Who, string What, string Result, string Span)[] rows = [.. operations.Select(Row)];
        int who = rows.Max(row => row.Who.Length);
        int what = rows.Max(row => row.What.Length);
        int result = rows.Max(row => row.Result.Length);
        var text = new StringBuilder();
        for (int index = 0; index < rows.Length; index++)
        {
            var (process, request, answer, span) = rows[index];
            string bar = operations.Count > DrawnMax ? "" : Bar(operations[index], instants);
            text.Append(CultureInfo.InvariantCulture, $"  {process.PadRight(who)}  {request.PadRight(what)}  ");
            text.Append(CultureInfo.InvariantCulture, $"{answer.PadRight(result)}  {bar}  {span}").Append('\n');
        }

        return text.ToString();
    }

    private static (string Who, string What, string Result, string Span) Row(Operation operation) => (
        string.Create(CultureInfo.InvariantCulture, $"p{operation.Process}"),
        OperationText.Request(operation),
        OperationText.Result(operation),
        OperationText.Span(operation));

    private static string Bar(Operation operation, List<long> instants)
    {
        int from = instants.BinarySearch(operation.InvokedAt);
        int width = 2 * instants.Count;
        if (operation.IsOpen)
            return $"{new string(' ', 2 * from)}|{new string('-', width - (2 * from) - 1)}>";

        int to = instants.BinarySearch(operation.ReturnedAt!.Value);
        string bar = from == to ? "|" : $"|{new string('-', (2 * (to - from)) - 1)}|";
        return $"{new string(' ', 2 * from)}{bar}".PadRight(width + 1);
    }
}
