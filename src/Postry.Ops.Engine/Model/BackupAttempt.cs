using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The result of an attempt.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AttemptResult>))]
internal enum AttemptResult : long
{
    Succeeded,
    Failed,
}

/// <summary>A finished attempt to make or to copy a backup: one line of the history in the backup root. docs/status.md describes each
/// member. A line never holds a secret.</summary>
internal sealed record BackupAttempt
{
    /// <summary>The operation of an attempt to make a backup.</summary>
    public const string Backup = "Backup";

    /// <summary>The operation of an attempt to copy a backup to a destination.</summary>
    public const string Copy = "Copy";

    /// <summary>The end of the attempt, in UTC.</summary>
    public required DateTime At { get; init; }

    public required string Operation { get; init; }

    /// <summary>Logical name of the database; null where it was not known yet when the attempt failed.</summary>
    public string? Database { get; init; }

    /// <summary>The database or folder: a full path, or an address without user and password; null where it was not known yet when the
    /// attempt failed.</summary>
    public string? Source { get; init; }

    public required AttemptResult Result { get; init; }

    /// <summary>Id of the backup that was made or was to be copied; null where none was made.</summary>
    public string? BackupId { get; init; }

    /// <summary>Of a copy the destination: its name in postry.json, or else its full path. Null of a backup.</summary>
    public string? Destination { get; init; }

    /// <summary>The stable id of the error, for example "DatabaseBusy", or Interrupted; null after a success.</summary>
    public string? ErrorId { get; init; }

    /// <summary>The duration of the attempt in seconds.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>The SHA-256 of the line before this one, in lower-case hexadecimal digits; null in the first line.</summary>
    public string? Previous { get; init; }

    /// <summary>Id of the key that signed the line; null where there was no key.</summary>
    public string? KeyId { get; init; }

    /// <summary>
    /// The verdict on the line when it was read: Passed, Failed (it was changed, or the line before it is not the one that it names), or
    /// Inconclusive (it is not signed, or there is no key to check it with). Not in the file.
    /// </summary>
    [JsonIgnore]
    public CheckStatus Trust { get; init; }

    /// <summary>The place of the line among all that were read, from 1. Not in the file.</summary>
    [JsonIgnore]
    public int Line { get; init; }
}
