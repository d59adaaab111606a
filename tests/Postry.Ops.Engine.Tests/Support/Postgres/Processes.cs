using System.Globalization;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>Facts about processes from /proc.</summary>
internal static class Processes
{
    /// <summary>True for a process that runs; one that has ended and that its parent has not looked after does not.</summary>
    public static bool IsAlive(int id) => Stat($"{id}") is { } stat && !stat.StartsWith('Z');

    /// <summary>A process and all its children.</summary>
    public static List<int> Tree(int id) => [id, .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
        .Where(name => int.TryParse(name, out _) && Stat(name!) is { } stat && stat.Split(' ')[1] == $"{id}")
            .SelectMany(name => Tree(int.Parse(name!, CultureInfo.InvariantCulture)))];

    // The fields after the name: state, parent and so on.
    private static string? Stat(string id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
