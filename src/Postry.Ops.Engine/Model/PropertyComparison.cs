namespace Postry.Ops.Engine.Model;

/// <summary>Compares what is neither a row nor a definition.</summary>
internal static class PropertyComparison
{
    /// <summary>Returns the properties that differ, and those that are not known on one of the sides, with the reason.</summary>
    public static (IReadOnlyList<PropertyDifference> Differences, IReadOnlyList<Omission> Unknown) Compare(
        IEnumerable<DatabaseProperty> backup, IEnumerable<DatabaseProperty> live)
    {
        var differences = new List<PropertyDifference>();
        var unknown = new List<Omission>();
        var there = live.ToDictionary(property => (property.Kind, property.Name));
        foreach (var property in backup)
        {
            if (!there.Remove((property.Kind, property.Name), out var other))
                differences.Add(new PropertyDifference(property.Kind, property.Name, null, property.Value, TableDifference.OnlyInBackup));
            else if ((property.Unknown ?? other.Unknown) is { } reason) 
                unknown.Add(Omission.NotCompared(Omission.Property, ComparisonText.Subject(property.Kind, property.Name), reason));
            else if (property.Compared != other.Compared)
                differences.Add(new PropertyDifference(
                    property.Kind, property.Name, other.Value, property.Value, TableDifference.Different));
        }

        differences.AddRange(there.Values.Select(property =>
            new PropertyDifference(property.Kind, property.Name, property.Value, null, TableDifference.OnlyInLive)));
        return ([.. differences.OrderBy(d => d.Kind, StringComparer.Ordinal).ThenBy(d => d.Name, StringComparer.Ordinal)], unknown);
    }
}
