namespace Postry.Ops.Cli.Terminal;

/// <summary>A plain table: columns as wide as their widest cell, numbers to the right, no lines.</summary>
/// <param name="columns">Headings; one that begins with '>' is aligned to the right.</param>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row with a cell for every column.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(cell => Printable.Line(cell ?? ""))]);

    /// <summary>Writes the headings and the rows.</summary>
    public void WriteTo(TextWriter writer, string indent = "")
    {
        var headings = columns.Select(column => column.TrimStart('>')).ToArray();
        var widths = headings.Select((heading, i) => _rows.Select(row => row[i].Length).Append(heading.Length).Max()).ToArray();
        foreach (var row in _rows.Prepend(headings))
        {
            var cells = row.Select((cell, i) => columns[i].StartsWith('>') ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            writer.WriteLine((indent + string.Join("  ", cells)).TrimEnd());
        }
    }
}
