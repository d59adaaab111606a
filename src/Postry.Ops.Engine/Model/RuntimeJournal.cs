using System.Text.Json.Serialization;
using Postry.Ops.Engine.Engines.Runtime;

namespace Postry.Ops.Engine.Model;

/// <summary>The part of a journal about runtime files that are being replaced.</summary>
internal sealed record RuntimeJournal
{
    /// <summary>Full path of the repo root.</summary>
    public required string Root { get; init; }

    /// <summary>Full path of the folder that keeps what is replaced.</summary>
    public required string Kept { get; init; }

    /// <summary>Folders to make, or to give other permissions, relative to the root, those above first.</summary>
    [JsonPropertyName("make")]
    public IReadOnlyList<RuntimeFolder> FoldersToCreate { get; init; } = [];

    /// <summary>Folders to remove where they are empty, relative to the root, those below first.</summary>
    [JsonPropertyName("unmake")]
    public IReadOnlyList<string> FoldersToRemove { get; init; } = [];

    /// <summary>The files and links, in order.</summary>
    public required IReadOnlyList<RuntimeStep> Steps { get; init; }
}

/// <summary>A file or link that is to be replaced.</summary>
/// <param name="Path">Path relative to the root.</param>
/// <param name="Stage">Full path of the file that takes its place; null if the file is to be removed.</param>
/// <param name="Live">The live state when the stage was prepared (see <see cref="LiveState"/>); null if there was no file.</param>
/// <param name="NewState">The state after the replacement; null if the file is to be removed.</param>
internal sealed record RuntimeStep(string Path, string? Stage, string? Live, [property: JsonPropertyName("coming")] string? NewState);
