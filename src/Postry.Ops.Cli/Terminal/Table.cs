using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>
/// A plain table: columns as wide as their widest cell, numbers to the right, no lines. On a terminal the table fits its width; where the
/// output is redirected nothing is left out or cut.
/// </summary>
/// <param name="columns">Headings, after their marks: '>' aligns a column to the right, '-' leaves a column out where there is no room for
/// it, '~' shortens cells where there is no room for them.</param>
internal sealed class Table(params string[] columns)
{
    private const string Marks = ">-~";
    private const int Least = 8;
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row with a cell for every column.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(cell => Printable.Line(cell ?? ""))]);

    /// <summary>Writes the headings and the rows.</summary>
    public void WriteTo(TextWriter writer, string indent = "") =>
        WriteTo(writer, Console.IsOutputRedirected ? int.MaxValue : TerminalWidth.Columns(), indent);

    /// <summary>Writes the headings and the rows into some number of columns.</summary>
    internal void WriteTo(TextWriter writer, int room, string indent = "")
    {
        var headings = columns.Select(column => column.TrimStart([.. Marks])).ToArray();
        var widths = headings.Select((heading, i) => _rows.Select(row => row[i].Length).Append(heading.Length).Max()).ToArray();
        var shown = Fit(widths, room - indent.Length);
        foreach (var row in _rows.Prepend(headings))
        {
            var cells = shown.Select(i => Has(i, '>') ? ShortText.Path(row[i], widths[i]).PadLeft(widths[i])
                : ShortText.Path(row[i], widths[i]).PadRight(widths[i]));
            writer.WriteLine((indent + string.Join(Gap, cells)).TrimEnd());
        }
    }

    /// <summary>Narrows the widths, and returns the columns that are shown.</summary>
    private List<int> Fit(int[] widths, int room)
    {
        var shown = Enumerable.Range(0, columns.Length).ToList();
        int Excess() => shown.Sum(i => widths[i]) + (Gap.Length * (shown.Count - 1)) - room;
        while (Excess() > 0 && shown.Exists(i => Has(i, '-'))) shown.Remove(shown.First(i => Has(i, '-')));
        while (Excess() > 0 && shown.Exists(CanShrink)) widths[shown.Where(CanShrink).MaxBy(i => widths[i])]--;
        return shown;
        bool CanShrink(int i) => Has(i, '~') && widths[i] > Least;
    }

    private bool Has(int column, char mark) => columns[column].TakeWhile(Marks.Contains).Contains(mark);
}
