using System.Text;

namespace OrleansShards.Simulation.Histories;

/// <summary>Draws a few operations so that a person sees which overlap: a line each, a column an event.</summary>
internal static class Timeline
{
    // Beyond this the bars are wider than a screen and say nothing any more; the times remain.
    private const int DrawnMax = 40;

    internal static string Render(IReadOnlyList<Operation> operations)
    {
        List<long> instants = [.. Instants(operations)];
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

    private static IEnumerable<long> Instants(IReadOnlyList<Operation> operations) => operations
        .SelectMany(operation => operation.IsOpen
            ? [operation.InvokedAt]
            : new[] { operation.InvokedAt, operation.ReturnedAt!.Value })
        .Distinct()
        .Order();

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
