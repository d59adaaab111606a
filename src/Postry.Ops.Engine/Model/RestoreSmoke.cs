using System.Text.Json.Serialization;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>The consequence of a smoke check that fails after a restore.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SmokeFailureAction>))]
public enum SmokeFailureAction : long
{
    /// <summary>The previous database and runtime files are put back, unless the same check failed before the restore as well.</summary>
    Undo,

    /// <summary>The restore stays live, and awaits the verdict of an operator.</summary>
    Keep,
}

/// <summary>The smoke checks of a restore.</summary>
/// <param name="Checks">The checks after the swap, or null. Those of data ask the restored database.</param>
/// <param name="OnFailure">The consequence of a failed check after the swap.</param>
public sealed record RestoreSmoke(SmokeRequest? Checks, SmokeFailureAction OnFailure = SmokeFailureAction.Undo)
{
    /// <summary>The checks of data that ask the staged copy before the swap, or null. All must pass, or nothing is swapped.</summary>
    public SmokeRequest? BeforeSwap { get; init; }

    /// <summary>
    /// The checks that the options of a restore name; null where they name none. Errors: InvalidRequest where several files are named, and
    /// where there is a consequence or a deadline of checks, and no check: the restore would look guarded and would not be.
    /// </summary>
    /// <param name="urls">Addresses that must answer, or null.</param>
    /// <param name="namesAndFiles">Names of checks and the path of a file with checks, or null.</param>
    /// <param name="onFailure">The consequence; null if none is given.</param>
    /// <param name="deadline">How long the checks may take; null if no time is given.</param>
    /// <param name="fullPath">Makes a full path of what was typed.</param>
    /// <param name="beforeSwap">Names of checks of the staged copy and the path of a file with checks, or null.</param>
    public static RestoreSmoke? Of(IReadOnlyList<string>? urls, IReadOnlyList<string>? namesAndFiles, SmokeFailureAction? onFailure,
        TimeSpan? deadline, Func<string, string> fullPath, IReadOnlyList<string>? beforeSwap = null)
    {
        var after = Named(urls, namesAndFiles, deadline, fullPath);
        var before = Named(null, beforeSwap, deadline, fullPath);
        if (after is null && (onFailure is not null || (before is null && deadline is not null)))
        {
            throw new InvalidRequestException("smoke checks",
                $"{(onFailure is null ? OptionName.SmokeDeadline : OptionName.OnSmokeFailure)} was given, and no smoke check.",
                $"Name checks with {OptionName.Smoke} or {OptionName.PostRestoreHealthUrl}; {OptionName.Smoke} '*' names all of " +
                    "postry.json.");
        }

        return after is null && before is null ? null
            : new RestoreSmoke(after, onFailure ?? SmokeFailureAction.Undo) { BeforeSwap = before };
    }

    private static SmokeRequest? Named(IReadOnlyList<string>? urls, IReadOnlyList<string>? namesAndFiles, TimeSpan? deadline,
        Func<string, string> fullPath)
    {
        if (urls is not { Count: > 0 } && namesAndFiles is not { Count: > 0 }) return null;
        var files = (namesAndFiles ?? []).Where(typed => File.Exists(fullPath(typed))).ToList();
        if (files.Count > 1)
            throw new InvalidRequestException(files[1], $"Several files with smoke checks are named: {string.Join(", ", files)}.",
                "Name one file.");
        return new SmokeRequest
        {
            Urls = urls ?? [],
            File = files is [var file] ? fullPath(file) : null,
            Names = [.. (namesAndFiles ?? []).Except(files)],
            Deadline = deadline,
        };
    }
}
