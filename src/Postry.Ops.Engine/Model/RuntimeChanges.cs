using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The changes that a restore makes to live files.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RuntimeChange>))]
public enum RuntimeChange : long
{
    /// <summary>There is no file of that name yet.</summary>
    New,

    /// <summary>The bytes, the permissions or the target of a link differ.</summary>
    Changed,

    /// <summary>The file is the same as in the archive, and stays as it is.</summary>
    Same,
}

/// <summary>
/// A file, folder or link of a runtime archive, compared with the live one. The record never holds a value of an env file.
/// </summary>
/// <param name="Path">Path relative to the repo root.</param>
/// <param name="Change">The change that a restore would make.</param>
public sealed record RuntimeFileChange(string Path, RuntimeChange Change)
{
    /// <summary>File, folder or link; only files are counted. Records of earlier versions do not tell, and all count as files.</summary>
    public RuntimeEntryKind Kind { get; init; }

    /// <summary>The keys of an env file that the restore adds.</summary>
    public IReadOnlyList<string> KeysAdded { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The keys of an env file whose values change.</summary>
    public IReadOnlyList<string> KeysChanged { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The keys of an env file that the restore removes.</summary>
    public IReadOnlyList<string> KeysRemoved { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The keys of an env file that keep their live value although the archive has another one.</summary>
    public IReadOnlyList<string> KeysKept { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The reason why an env file's keys are not kept, or not all of them named; null if there is none.</summary>
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

/// <summary>The changes that a restore would make to the runtime files of a repo root.</summary>
public sealed record RuntimeChanges
{
    /// <summary>Full path of the repo root.</summary>
    public required string Root { get; init; }

    /// <summary>Full path of the archive.</summary>
    public required string BackupFile { get; init; }

    /// <summary>Every file, folder and link of the archive, in its order.</summary>
    public required IReadOnlyList<RuntimeFileChange> Files { get; init => field = Indexable.Of(value); }

    /// <summary>The archive as the catalog has it.</summary>
    internal BackupSet Set { get; init; } = null!;

    /// <summary>A sentence for a question or a log.</summary>
    public string Summary => Summarise(Files);

    /// <summary>Says how many files there are of each kind, and names all that are not the same, with links and folders.</summary>
    internal static string Summarise(IReadOnlyList<RuntimeFileChange> files)
    {
        int Count(RuntimeChange change) => files.Count(file => file.Kind == RuntimeEntryKind.File && file.Change == change);
        var counts = $"{Count(RuntimeChange.Changed)} changed, {Count(RuntimeChange.New)} new, {Count(RuntimeChange.Same)} the same";
        var named = files.Where(file => file.Change != RuntimeChange.Same).Select(file => file.ToString()).ToList();
        return named.Count == 0 ? counts : $"{counts}: {string.Join("; ", named)}";
    }

    /// <inheritdoc/>
    public override string ToString() => Summary;
}

/// <summary>The changes that a restore made to the runtime files of a repo root.</summary>
public sealed record RuntimeOutcome
{
    /// <summary>Full path of the repo root.</summary>
    public required string Root { get; init; }

    /// <summary>Full path of the archive.</summary>
    public required string BackupFile { get; init; }

    /// <summary>Every file, folder and link of the archive, in its order.</summary>
    public required IReadOnlyList<RuntimeFileChange> Files { get; init => field = Indexable.Of(value); }

    /// <summary>The folder with what the restore replaced; null where it replaced nothing, or where it was removed.</summary>
    public string? KeptFolder { get; init; }

    /// <summary>Folders that the restore made, relative to the repo root.</summary>
    public IReadOnlyList<string> MadeFolders { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Folders whose permissions the restore changed, with those that they had.</summary>
    public IReadOnlyList<RuntimeFolder> ChangedFolders { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The folder with what an undo replaced; null where it replaced nothing.</summary>
    public string? UndoneFolder { get; init; }

    /// <summary>The files that an undo could not put back, in words.</summary>
    public IReadOnlyList<string> NotPutBack { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Number of files, without folders and links, as a set counts them.</summary>
    [JsonIgnore]
    public int FileCount => Files.Count(file => file.Kind == RuntimeEntryKind.File);

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
