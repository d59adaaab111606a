namespace Postry.Ops.Engine.Model;

/// <summary>The version of the application that the repo root held when a backup was made. docs/deployed.md says where each part comes
/// from.</summary>
/// <param name="Commit">The commit that is checked out, in full: 40 or 64 hexadecimal digits; null where the folder is not under
/// git.</param>
/// <param name="Branch">The branch, such as "main"; null where none is checked out.</param>
/// <param name="GitTags">The tags of git that point at the commit, in order.</param>
/// <param name="Images">The images that the compose file names, in its order.</param>
public sealed record DeployedVersion(
    string? Commit, string? Branch, IReadOnlyList<string> GitTags, IReadOnlyList<DeployedImage> Images)
{
    /// <inheritdoc cref="DeployedVersion"/>
    public IReadOnlyList<string> GitTags { get; init => field = Indexable.Of(value); } = Indexable.Of(GitTags);

    /// <inheritdoc cref="DeployedVersion"/>
    public IReadOnlyList<DeployedImage> Images { get; init => field = Indexable.Of(value); } = Indexable.Of(Images);

    private const int ShortLength = 12;

    /// <summary>The first digits of the commit, or null.</summary>
    internal string? ShortCommit => Commit is { Length: > ShortLength } commit ? commit[..ShortLength] : Commit;

    /// <summary>False for values that no such record can have, so that nobody has to expect them later.</summary>
    internal bool IsPlausible =>
        (Commit is null || (Commit.Length is 40 or 64 && Commit.All(char.IsAsciiHexDigit))) &&
        GitTags.All(tag => tag is not null) && Images.All(image => image is { Service: not null, Image: not null });

    /// <summary>The version in one line, such as "commit 1a2b3c4d5e6f (tag v2.14, branch main), images web=shop/web:2.14".</summary>
    public override string ToString() => string.Join(", ", new[] { CommitInWords, ImagesInWords }.OfType<string>());

    /// <summary>The commit and the images of a version that is deployed now, as far as they are others; null where none is.</summary>
    internal string? FindDifference(DeployedVersion now)
    {
        var images = now.Images.Except(Images).ToList();
        string?[] found =
        [
            Commit is not null && now.Commit is not null && now.Commit != Commit ? now.CommitInWords : null,
            Images.Count == 0 || images.Count == 0 ? null : (now with { Images = images }).ImagesInWords,
        ];
        return found.OfType<string>().ToList() is { Count: > 0 } words ? string.Join(", ", words) : null;
    }

    /// <summary>The commit with its tags and its branch; null where there is none.</summary>
    internal string? CommitInWords => InWords(ShortCommit);

    /// <summary>The whole commit with its tags and its branch; null where there is none.</summary>
    internal string? WholeCommitInWords => InWords(Commit);

    /// <summary>The images by service; null where there are none.</summary>
    internal string? ImagesInWords => Images.Count == 0 ? null
        : $"{(Images.Count == 1 ? "image" : "images")} {string.Join(", ", Images)}";

    private string? InWords(string? commit)
    {
        if (commit is null) return null;
        string[] names = [.. GitTags.Select(tag => $"tag {tag}"), .. Branch is null ? Array.Empty<string>() : [$"branch {Branch}"]];
        return $"commit {commit}{(names.Length == 0 ? "" : $" ({string.Join(", ", names)})")}";
    }
}

/// <summary>The image of a service.</summary>
/// <param name="Service">The service of the compose file.</param>
/// <param name="Image">The reference of the image, such as "postgres:17". A variable whose value is not known stays in it:
/// "app:${TAG}".</param>
public sealed record DeployedImage(string Service, string Image)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Service}={Image}";
}

/// <summary>The deployed version and the tags of a backup in words, for lists and plans.</summary>
public static class DeployedText
{
    private const int Digits = 7;

    /// <summary>The tags of a backup and its version in a few words for a table, such as "version=v2.14 @v2.14"; null where there is
    /// neither.</summary>
    public static string? Short(BackupSet set)
    {
        var version = set.Deployed is not { Commit: not null } deployed ? null
            : deployed.GitTags.Count > 0 ? string.Join(' ', deployed.GitTags.Select(tag => $"@{tag}"))
            : $"@{deployed.Commit[..Math.Min(deployed.Commit.Length, Digits)]}";
        var words = string.Join(' ', new[] { TagsOf(set.Tags, " "), version }.OfType<string>());
        return words.Length == 0 ? null : words;
    }

    /// <summary>The whole commit of a backup with its tags and its branch; null where it is not known.</summary>
    public static string? Commit(DeployedVersion? deployed) => deployed?.WholeCommitInWords;

    /// <summary>The images of a backup on one line; null where it has none.</summary>
    public static string? Images(DeployedVersion? deployed) => deployed is not { Images.Count: > 0 } ? null
        : string.Join(", ", deployed.Images);

    /// <summary>Tags on one line, such as "site=berlin, version=v2.14"; null where there are none.</summary>
    public static string? Tags(IReadOnlyDictionary<string, string>? tags) => TagsOf(tags, ", ");

    private static string? TagsOf(IReadOnlyDictionary<string, string>? tags, string separator) => tags is not { Count: > 0 } ? null
        : string.Join(separator, tags.Select(tag => $"{tag.Key}={tag.Value}"));
}
