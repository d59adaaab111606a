namespace Postry.Ops.Cli.Terminal;

/// <summary>The width of the terminal.</summary>
internal static class TerminalWidth
{
    private const int Usual = 80;

    /// <summary>The columns of the terminal.</summary>
    public static int Columns()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : Usual;
        }
        catch (IOException)
        {
            return Usual;
        }
    }
}
