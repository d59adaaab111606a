using System.IO.Enumeration;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>A condition on the tags of a backup.</summary>
/// <param name="Key">The key of a tag, or "git" for the tags of git; capitals do not count.</param>
/// <param name="Value">The value, in which * and ? are wildcards; capitals do not count.</param>
public sealed record TagCondition(string Key, string Value)
{
    /// <summary>The condition that a text such as "version=v2.*" makes; a key alone means any value. Errors: InvalidRequest.</summary>
    public static TagCondition Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var (key, value) = equals < 0 ? (text.Trim(), "*") : (text[..equals].Trim(), text[(equals + 1)..].Trim());
        var isGit = key.Equals(BackupTags.GitKey, StringComparison.OrdinalIgnoreCase);
        if (!isGit && BackupTags.KeyProblem(key) is { } problem)
            throw BackupTags.Refused($"The key of a tag {problem}.",
                $"Write it as key=value, such as version=v2.14 or {BackupTags.GitKey}=v2.14.");
        return value.Length > 0 ? new TagCondition(key, value)
            : throw BackupTags.Refused($"The tag {key} has no value.", $"Write {key}=* for any value.");
    }

    /// <summary>The conditions of several texts; null where there are none. Errors: InvalidRequest.</summary>
    public static IReadOnlyList<TagCondition>? Parse(IReadOnlyCollection<string>? texts) =>
        texts is not { Count: > 0 } ? null : [.. texts.Select(Parse)];

    /// <summary>The beginning of a commit. Errors: InvalidRequest where it cannot be one.</summary>
    public static string? ParseCommit(string? text) =>
        text is null || (text.Length is >= 4 and <= 64 && text.All(char.IsAsciiHexDigit)) ? text
        : throw new InvalidRequestException($"{OptionName.Commit}",
            "A commit is named by its first hexadecimal digits, four at least.", "Write it as git does, such as 1a2b3c4d.");

    /// <summary>The tags of backups as conditions are written, each once, with the first backup that has it.</summary>
    /// <param name="sets">The backups.</param>
    /// <param name="withGit">True where the tags of git count, too.</param>
    public static IEnumerable<(string Text, BackupSet Set)> InUse(IEnumerable<BackupSet> sets, bool withGit) => (
        from set in sets
        from tag in set.Tags.Select(tag => $"{tag.Key}={tag.Value}")
            .Concat(withGit ? set.Deployed?.GitTags.Select(tag => $"{BackupTags.GitKey}={tag}") ?? [] : [])
        select (tag, set)).DistinctBy(found => found.tag);

    /// <summary>True for a backup that has such a tag.</summary>
    internal bool Fits(BackupSet set) => Key.Equals(BackupTags.GitKey, StringComparison.OrdinalIgnoreCase)
        ? set.Deployed?.GitTags.Any(FitsValue) == true
        : set.Tags.Any(tag => tag.Key.Equals(Key, StringComparison.OrdinalIgnoreCase) && FitsValue(tag.Value));

    // A backslash would take the meaning of a wildcard away, and in a value it is a character like any other.
    private bool FitsValue(string value) =>
        FileSystemName.MatchesSimpleExpression(Value.Replace("\\", "\\\\", StringComparison.Ordinal), value);

    /// <inheritdoc/>
    public override string ToString() => $"{Key}={Value}";
}
