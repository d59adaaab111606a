namespace Postry.Ops.Engine.Model;

/// <summary>Texts that are shortened to fit a table. Both front ends show paths, and what tells two paths apart must stay.</summary>
public static class ShortText
{
    private const string Gap = "...";

    private const int Least = 8;

    private static readonly char[] Separators = ['/', '\\'];

    /// <summary>A text, shortened in its middle to some number of characters, at least eight.</summary>
    public static string Middle(string text, int room)
    {
        room = Math.Max(room, Least);
        if (text.Length <= room) return text;
        var tail = (room - Gap.Length) / 2;
        return $"{text[..(room - Gap.Length - tail)]}{Gap}{text[^tail..]}";
    }

    /// <summary>
    /// A path, shortened to some number of characters: its folders give way first, because several files of a table are in the same one; a
    /// name that is still too long is shortened in its middle. Words before the path ("files of /srv/app") stay.
    /// </summary>
    public static string Path(string path, int room)
    {
        room = Math.Max(room, Least);
        if (path.Length <= room) return path;
        var words = path[..Math.Max(path.IndexOfAny(Separators), 0)].LastIndexOf(' ') + 1;
        if (words > 0) return path[..words] + Path(path[words..], room - words);
        var name = path.Length - path.LastIndexOfAny(Separators) - 1;
        return name + Gap.Length < room ? Gap + path[^(room - Gap.Length)..] : Middle(path[^name..], room);
    }
}
