using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The kinds of entries of a runtime archive.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RuntimeEntryKind>))]
public enum RuntimeEntryKind : long
{
    [JsonStringEnumMemberName("file")] File,
    [JsonStringEnumMemberName("folder")] Folder,
    [JsonStringEnumMemberName("link")] Link,
}

/// <summary>An entry of a runtime archive.</summary>
/// <param name="Path">Path relative to the repo root, with forward slashes and no slash at the end.</param>
/// <param name="Kind">File, folder or symbolic link.</param>
/// <param name="Bytes">Size of a file; 0 for the others.</param>
/// <param name="Mode">Permission bits in octal; null where they are not known.</param>
/// <param name="ModifiedAt">Time of the last change, in UTC.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of a file's bytes; null for the others.</param>
/// <param name="Target">The target of a link; null for the others.</param>
/// <param name="UserId">Owner, or null.</param>
/// <param name="GroupId">Group, or null.</param>
internal sealed record RuntimeEntry(
    string Path, RuntimeEntryKind Kind, long Bytes, string? Mode, DateTime ModifiedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Sha256 = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Target = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint? UserId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint? GroupId = null);

/// <summary>The contents of a runtime archive, for its manifest.</summary>
/// <param name="Include">The patterns that chose the files.</param>
/// <param name="Exclude">The patterns that left files out.</param>
/// <param name="Entries">Every entry in the archive's order.</param>
/// <param name="Missing">Optional patterns that no file matched.</param>
/// <param name="Set">Id of the recovery set that the archive belongs to; null if it was made alone.</param>
internal sealed record RuntimeDescription(
    IReadOnlyList<string> Include, IReadOnlyList<string> Exclude, IReadOnlyList<RuntimeEntry> Entries, IReadOnlyList<string> Missing,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Set = null)
{
    /// <summary>Number of files.</summary>
    [JsonIgnore]
    public int Files => Entries.Count(entry => entry.Kind == RuntimeEntryKind.File);

    /// <summary>False where a value is of the right type but none that an archive can have.</summary>
    [JsonIgnore]
    public bool IsPlausible => Include.All(p => p is not null) && Exclude.All(p => p is not null) && Missing.All(p => p is not null)
        && Entries.All(entry => entry is { Bytes: >= 0 } && Enum.IsDefined(entry.Kind)
            && (entry.Kind == RuntimeEntryKind.File) == (entry.Sha256 is not null)
                && (entry.Kind == RuntimeEntryKind.Link) == (entry.Target is not null));
}

/// <summary>The runtime archive of a set, in the manifest of its database.</summary>
/// <param name="File">File name of the archive in the folder of runtime archives; null where the set has none.</param>
/// <param name="Bytes">Size of the archive.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the archive.</param>
/// <param name="Files">Number of files in it.</param>
/// <param name="Missing">Optional patterns that no file matched.</param>
/// <param name="Absent">The reason why the set has no archive, or null.</param>
internal sealed record RuntimeBinding(
    string? File, long Bytes, string? Sha256, int Files, IReadOnlyList<string> Missing,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Absent = null)
{
    /// <summary>False where a value is of the right type but none that a set can have.</summary>
    [JsonIgnore]
    public bool IsPlausible => Bytes >= 0 && Files >= 0 && (File is null) == (Sha256 is null) && (File is null) == (Absent is not null)
        && (File is null || System.IO.Path.GetFileName(File) == File) && Missing.All(p => p is not null);
}
