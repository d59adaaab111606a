using System.IO.Enumeration;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Smoke;

/// <summary>Which checks are meant, and which of them wait for others.</summary>
internal static class SmokeOrder
{
    /// <summary>
    /// The checks that some names mean, which may have the wildcards * and ?, and those that must pass before them. Errors: SourceNotFound
    /// where a name means none.
    /// </summary>
    public static IReadOnlyList<ISmokeCheck> Select(IReadOnlyList<ISmokeCheck> checks, IReadOnlyList<string> names)
    {
        var meant = new HashSet<int>();
        foreach (var name in names)
        {
            var found = Enumerable.Range(0, checks.Count)
                .Where(i => FileSystemName.MatchesSimpleExpression(name, checks[i].Name, ignoreCase: true)).ToList();
            if (found.Count == 0)
            {
                throw new SourceNotFoundException(name, $"There is no smoke check {name}.", checks.Count == 0
                    ? "Add it to \"smoke\" of postry.json."
                    : $"These checks are there: {string.Join(", ", checks.Select(check => check.Name))}.");
            }

            meant.UnionWith(found);
        }

        var before = Before(checks);
        for (var open = new Stack<int>(meant); open.TryPop(out var i);)
            foreach (var earlier in before[i].Where(meant.Add)) open.Push(earlier);
        return [.. meant.Order().Select(i => checks[i])];
    }

    /// <summary>The numbers of the checks that must pass before each check. Errors: InvalidRequest where one is not there, or waits for
    /// itself.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Before(IReadOnlyList<ISmokeCheck> checks)
    {
        var before = checks.Select(check => (IReadOnlyList<int>)[.. check.After.SelectMany(name => Named(checks, check, name))]).ToList();
        var waiting = Enumerable.Range(0, checks.Count).ToHashSet();
        while (waiting.RemoveWhere(i => !before[i].Any(waiting.Contains)) > 0)
        {
        }

        return waiting.Count == 0 ? before : throw new InvalidRequestException(checks[waiting.Min()].Name,
            $"The smoke checks {string.Join(", ", waiting.Order().Select(i => checks[i].Name))} wait for each other.",
            "Take one of the names out of \"after\".");
    }

    // One check of postry.json may be several, one for each database: "posts (app)" and "posts (shop)" are both meant by "posts".
    private static IEnumerable<int> Named(IReadOnlyList<ISmokeCheck> checks, ISmokeCheck check, string name)
    {
        var found = Enumerable.Range(0, checks.Count).Where(i => checks[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            || checks[i].Name.StartsWith($"{name} (", StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count > 0 ? found : throw new InvalidRequestException(check.Name,
            $"The smoke check {check.Name} waits for {name}, and there is no check of that name.",
            $"Correct \"after\". These checks are there: {string.Join(", ", checks.Select(one => one.Name))}.");
    }
}
