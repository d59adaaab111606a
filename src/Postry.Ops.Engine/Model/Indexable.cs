namespace Postry.Ops.Engine.Model;

/// <summary>Lists of records that commands emit. What the C# compiler makes of [.. items] is a list without a public indexer, of which
/// PowerShell takes all items for the first one: <c>$report.Steps[0]</c>.</summary>
internal static class Indexable
{
    /// <summary>The same items in a list that PowerShell can index.</summary>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> list) => list is null or T[] or List<T> ? list! : list.ToArray();
}
