using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>What a restore would do to a live file.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RuntimeChange>))]
public enum RuntimeChange
{
    /// <summary>There is nothing by that name.</summary>
    New,

    /// <summary>Its bytes, its permissions or where it leads differ.</summary>
    Changed,

    /// <summary>It is as in the archive; nothing is done.</summary>
    Same,
}

/// <summary>One file, folder or link of a runtime archive against what is live. Never holds a value of an env file.</summary>
/// <param name="Path">Path relative to the repo root.</param>
/// <param name="Change">What a restore would do.</param>
public sealed record RuntimeFileChange(string Path, RuntimeChange Change)
{
    /// <summary>Of an env file: keys that come with the restore.</summary>
    public IReadOnlyList<string> KeysAdded { get; init; } = [];

    /// <summary>Of an env file: keys whose values change.</summary>
    public IReadOnlyList<string> KeysChanged { get; init; } = [];

    /// <summary>Of an env file: keys that go with the restore.</summary>
    public IReadOnlyList<string> KeysRemoved { get; init; } = [];

    /// <summary>Of an env file: keys that keep what the live file says of them although the archive says something else.</summary>
    public IReadOnlyList<string> KeysKept { get; init; } = [];

    /// <summary>Of an env file: why its keys are not kept, or not all of them named; null where all are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? KeysNote { get; init; }

    /// <inheritdoc/>
    public override string ToString()
    {
        var keys = new[] { ("adds", KeysAdded), ("changes", KeysChanged), ("removes", KeysRemoved), ("keeps live", KeysKept) }
            .Where(part => part.Item2.Count > 0).Select(part => $"{part.Item1} {string.Join(", ", part.Item2)}")
                .Concat(KeysNote is { } note ? [note] : []).ToList();
        return $"{Path} ({Change.ToString().ToLowerInvariant()}{(keys.Count == 0 ? "" : $": {string.Join("; ", keys)}")})";
    }
}

/// <summary>What a restore would do to the runtime files of a repo root.</summary>
public sealed record RuntimeChanges
{
    /// <summary>Full path of the repo root.</summary>
    public required string Root { get; init; }

    /// <summary>Full path of the archive.</summary>
    public required string BackupFile { get; init; }

    /// <summary>Every file, folder and link of the archive, in its order.</summary>
    public required IReadOnlyList<RuntimeFileChange> Files { get; init; }

    /// <summary>The archive as the catalog has it.</summary>
    internal BackupSet Set { get; init; } = null!;

    /// <summary>One sentence for a question or a log.</summary>
    public string Summary => Summarise(Files);

    /// <summary>How many files there are of each kind, and all that are not the same by name.</summary>
    internal static string Summarise(IReadOnlyList<RuntimeFileChange> files)
    {
        int Count(RuntimeChange change) => files.Count(file => file.Change == change);
        var counts = $"{Count(RuntimeChange.Changed)} changed, {Count(RuntimeChange.New)} new, {Count(RuntimeChange.Same)} the same";
        var named = files.Where(file => file.Change != RuntimeChange.Same).Select(file => file.ToString()).ToList();
        return named.Count == 0 ? counts : $"{counts}: {string.Join("; ", named)}";
    }

    /// <inheritdoc/>
    public override string ToString() => Summary;
}

/// <summary>What a restore did to the runtime files of a repo root.</summary>
public sealed record RuntimeOutcome
{
    /// <summary>Full path of the repo root.</summary>
    public required string Root { get; init; }

    /// <summary>Full path of the archive.</summary>
    public required string BackupFile { get; init; }

    /// <summary>Every file, folder and link of the archive, in its order.</summary>
    public required IReadOnlyList<RuntimeFileChange> Files { get; init; }

    /// <summary>The folder with what the restore replaced; null where it replaced nothing, or where it was removed.</summary>
    public string? KeptFolder { get; init; }

    /// <summary>Folders that the restore made, relative to the repo root.</summary>
    public IReadOnlyList<string> MadeFolders { get; init; } = [];

    /// <summary>Folders whose permissions the restore changed, with those that they had.</summary>
    public IReadOnlyList<RuntimeFolder> ChangedFolders { get; init; } = [];

    /// <summary>The folder with what an undo replaced; null where it replaced nothing.</summary>
    public string? UndoneFolder { get; init; }

    /// <summary>What an undo could not put back, in words.</summary>
    public IReadOnlyList<string> NotPutBack { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => RuntimeChanges.Summarise(Files);
}

/// <summary>A folder and its permissions.</summary>
/// <param name="Path">Path relative to the repo root.</param>
/// <param name="Mode">Permission bits in octal; null where they are not known.</param>
/// <param name="UserId">Owner of a folder that is to be made; null for that of whoever makes it.</param>
/// <param name="GroupId">Group of a folder that is to be made; null for that of whoever makes it.</param>
public sealed record RuntimeFolder(
    string Path, string? Mode,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint? UserId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint? GroupId = null);
