using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests;

/// <summary>The floors of docs/architecture.md: a namespace uses only those that stand above it there.</summary>
public sealed partial class ArchitectureTests
{
    private const string Root = "Postry.Ops.Engine";
    private static readonly Architecture Loaded = new ArchLoader().LoadAssemblies(typeof(OpsEngine).Assembly).Build();
    private static readonly List<string> Floors = ReadFloors();

    [Fact]
    public void Every_folder_has_a_floor() =>
        Assert.Equal([], Types().Select(type => type.Namespace.FullName).Distinct().Where(name => FloorOf(name) is null));

    [Fact]
    public void Every_floor_has_types() =>
        Assert.Equal([], Floors.Except(Types().Select(type => type.Namespace.FullName)));

    [Fact]
    public void A_folder_uses_only_the_floors_above_it_in_the_list()
    {
        var upward = from type in Types()
            from dependency in type.Dependencies
            let target = dependency.Target
            // A type parameter of a generic method is named after the first of all methods of that name.
            where !target.FullName.Contains(' ', StringComparison.Ordinal)
            where FloorOf(target.Namespace?.FullName ?? "") > FloorOf(type.Namespace.FullName)
            select $"{type.FullName} uses {target.FullName}";
        var found = string.Join('\n', upward.Distinct().Order(StringComparer.Ordinal));
        Assert.True(found.Length == 0, found);
    }

    [Fact]
    public void Only_ChildProcess_starts_programs() =>
        Assert.Equal([typeof(ChildProcess).FullName], Types().Where(type => type.Dependencies.Any(dependency =>
            dependency.Target.FullName is "System.Diagnostics.Process" or "System.Diagnostics.ProcessStartInfo")).Select(type =>
            type.FullName));

    private static IEnumerable<IType> Types() =>
        Loaded.Types.Where(type => type.Namespace.FullName.StartsWith(Root, StringComparison.Ordinal));

    // The root puts everything together, and so stands below everything.
    private static int? FloorOf(string name) =>
        name == Root ? int.MaxValue : Floors.IndexOf(name) is >= 0 and var floor ? floor : null;

    private static List<string> ReadFloors()
    {
        var page = Docs.Read("architecture.md");
        var from = page.IndexOf("| folder |", StringComparison.Ordinal);
        var list = page[from..page.IndexOf("`OpsEngine` at", StringComparison.Ordinal)];
        var floors = FloorLine().Matches(list)
            .Select(match => $"{Root}.{match.Groups[1].Value.Replace('/', '.')}").ToList();
        Assert.True(floors.Count > 20);
        return floors;
    }

    [GeneratedRegex(@"^\| `([\w/]+)` \|", RegexOptions.Multiline)]
    private static partial Regex FloorLine();
}
