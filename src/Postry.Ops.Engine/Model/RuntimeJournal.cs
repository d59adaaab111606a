using System.Text.Json.Serialization;
using Postry.Ops.Engine.Engines.Runtime;

namespace Postry.Ops.Engine.Model;

/// <summary>What a journal knows of runtime files that are being replaced.</summary>
internal sealed record RuntimeJournal
{
    /// <summary>Full path of the repo root.</summary>
    public required string Root { get; init; }

    /// <summary>Full path of the folder that keeps what is replaced.</summary>
    public required string Kept { get; init; }

    /// <summary>Folders to make, or to give other permissions, relative to the root, those above first.</summary>
    [JsonPropertyName("make")]
    public IReadOnlyList<RuntimeFolder> FoldersToCreate { get; init; } = [];

    /// <summary>Folders to take away where they are empty, relative to the root, those below first.</summary>
    [JsonPropertyName("unmake")]
    public IReadOnlyList<string> FoldersToRemove { get; init; } = [];

    /// <summary>The files and links, in order.</summary>
    public required IReadOnlyList<RuntimeStep> Steps { get; init; }
}

/// <summary>One file or link that is to be replaced.</summary>
/// <param name="Path">Path relative to the root.</param>
/// <param name="Stage">Full path of what is to take its place; null where it is to go.</param>
/// <param name="Live">What was live when it was prepared (see <see cref="LiveState"/>); null where nothing was.</param>
/// <param name="NewState">What takes its place; null where it is to go.</param>
internal sealed record RuntimeStep(string Path, string? Stage, string? Live, [property: JsonPropertyName("coming")] string? NewState);
