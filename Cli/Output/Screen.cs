using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OrleansShards.Cli.Output;

/// <summary>
/// What a command writes to stdout. On a terminal it has colours and the terminal's width; elsewhere it is plain text of
/// <see cref="PlainWidth"/> columns, or the API's JSON as it came.
/// </summary>
internal sealed class Screen
{
    internal const int PlainWidth = 100;

    private IAnsiConsole? _terminal;

    internal Screen(bool isJson) => IsJson = isJson;

    /// <summary>Whether stdout is for a script.</summary>
    internal bool IsJson { get; }

    /// <summary>Whether a person reads stdout as it is written.</summary>
    internal static bool IsTerminal => !Console.IsOutputRedirected;

    /// <summary>Whether somebody can be asked.</summary>
    internal static bool CanAsk => IsTerminal && !Console.IsInputRedirected;

    /// <summary>The terminal.</summary>
    internal IAnsiConsole Terminal =>
        _terminal ??= AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });

    /// <summary>JSON as it is, on a line of its own.</summary>
    internal static void WriteJson(byte[] json)
    {
        using Stream output = Console.OpenStandardOutput();
        output.Write(json);
        output.Write("\n"u8);
    }

    internal void Write(params IEnumerable<IRenderable> parts)
    {
        if (IsTerminal)
            Terminal.Write(new Rows(parts));
        else
            WritePlain(parts);
    }

    internal void WriteLine(string text) => Write([Lines.Of(text)]);

    private static void WritePlain(IEnumerable<IRenderable> parts)
    {
        using StringWriter plain = new(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(plain),
        });
        console.Profile.Width = PlainWidth;
        console.Write(new Rows(parts));

        // Tables fill their last column with blanks, which only a terminal does not show.
        foreach (string line in plain.ToString().TrimEnd('\n').Split('\n'))
            Console.Out.WriteLine(line.TrimEnd());
    }
}

/// <summary>What tables and texts are made of. Texts come from elsewhere, so none is read as markup.</summary>
internal static class Lines
{
    internal static readonly Style Plain = Style.Plain;
    internal static readonly Style Faint = new(decoration: Decoration.Dim);
    internal static readonly Style Good = new(Color.Green);
    internal static readonly Style Busy = new(Color.Blue);
    internal static readonly Style Bad = new(Color.Red);

    /// <summary>A line, wrapped where it has to be; an empty one is a gap.</summary>
    internal static IRenderable Of(string text, Style? style = null) => new Text(text.Length > 0 ? text : " ", style ?? Plain);

    internal static Text Cell(string text, Style? style = null) => new(text, style ?? Plain);

    /// <summary>A table without borders: a line is a row. Only the last column wraps.</summary>
    internal static Table Table(params string[] columns)
    {
        Table table = new() { Border = TableBorder.None };
        foreach ((int index, string column) in columns.Index())
        {
            bool isNumber = column.StartsWith('#');
            table.AddColumn(new TableColumn(new Text(column.TrimStart('#'), Faint))
            {
                Alignment = isNumber ? Justify.Right : Justify.Left,
                NoWrap = index < columns.Length - 1,
                Padding = new Padding(0, 0, index < columns.Length - 1 ? 2 : 0, 0),
            });
        }

        return table;
    }
}
