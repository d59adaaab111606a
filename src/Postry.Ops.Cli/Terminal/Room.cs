namespace Postry.Ops.Cli.Terminal;

/// <summary>The width of the terminal, and texts that fit into it.</summary>
internal static class Room
{
    private const int Usual = 80;

    /// <summary>The columns of the terminal.</summary>
    public static int Terminal()
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

    /// <summary>Shortens a text in its middle: the end of a path says most.</summary>
    public static string Fit(string text, int room)
    {
        if (text.Length <= room) return text;
        var tail = room / 2;
        return $"{text[..(room - tail - 3)]}...{text[^tail..]}";
    }
}
