using System.Buffers;
using System.Text;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Deployment;

/// <summary>The commit that is checked out in a folder, read from git's own files, so that no program of git is needed.</summary>
/// <param name="Commit">The commit in full; null on a branch without one.</param>
/// <param name="Branch">The branch; null where none is checked out.</param>
/// <param name="Tags">The tags that point at the commit, in order, as far as they can be read.</param>
internal sealed record GitCheckout(string? Commit, string? Branch, IReadOnlyList<string> Tags)
{
    private const int MostBytes = 64 << 10;
    private const long MostPackedBytes = 256 << 20;
    private const int MostTags = 20;
    private const int MostLooseTags = 10_000;
    private const int MostSteps = 5;
    private const int LongestName = 250;
    private const string Heads = "refs/heads/";
    private const string TagPrefix = "refs/tags/";

    // The file HEAD holds this name where the branches are in a format that only newer versions of git know.
    private const string RefTable = "refs/heads/.invalid";

    private static readonly SearchValues<char> Forbidden = SearchValues.Create(" ~^:?*[\\\u007F");

    /// <summary>
    /// Returns the commit of the folder, or of the nearest folder above it that is under git, as git itself finds it; null where there is
    /// none. Errors: IOException, UnauthorizedAccessException, and InvalidDataException where git's files cannot be understood.
    /// </summary>
    public static GitCheckout? Of(string folder)
    {
        for (var at = new DirectoryInfo(Files.RealPath(folder)); at is not null; at = at.Parent)
        {
            if (FolderIn(at.FullName) is { } git) return Read(git);
        }

        return null;
    }

    // A worktree and a submodule have a file in the place of the folder, which says where that is.
    private static string? FolderIn(string folder)
    {
        var path = Path.Combine(folder, ".git");
        // A folder that this user may not look into is an error, so that no other repository above it is taken for this one.
        if (Directory.Exists(path)) return FileFacts.Of(Path.Combine(path, "HEAD")).Kind == FileKind.Missing ? null : path;
        if (ReadableText.Of(path, MostBytes) is not { } text) return null;
        const string prefix = "gitdir:";
        if (!text.StartsWith(prefix, StringComparison.Ordinal)) throw new InvalidDataException($"{path} is no file of git.");
        var git = Path.GetFullPath(text[prefix.Length..].Trim(), folder);
        return Directory.Exists(git) ? git : throw new InvalidDataException($"{path} leads to {git}, which is not there.");
    }

    private static GitCheckout Read(string git)
    {
        var common = ReadableText.Of(Path.Combine(git, "commondir"), MostBytes) is { } shared
            ? Path.GetFullPath(shared.Trim(), git) : git;
        var head = ReadableText.Of(Path.Combine(git, "HEAD"), MostBytes)?.Trim()
            ?? throw new InvalidDataException($"{Path.Combine(git, "HEAD")} cannot be read.");
        if (IsHash(head)) return With(head.ToLowerInvariant(), null, common);
        var name = Target(head) ?? throw new InvalidDataException($"{Path.Combine(git, "HEAD")} names neither a commit nor a branch.");
        if (name == RefTable) throw new InvalidDataException($"The branches of {git} are in the format reftable, which is not read.");
        if (!IsName(name)) throw new InvalidDataException($"{Path.Combine(git, "HEAD")} names no branch.");
        var branch = name.StartsWith(Heads, StringComparison.Ordinal) ? name[Heads.Length..] : null;
        return With(Resolve(git, common, name), branch, common);
    }

    private static GitCheckout With(string? commit, string? branch, string common) =>
        new(commit, branch, commit is null ? [] : TagsOf(commit, common));

    /// <summary>The commit of a name; null for a branch that has none yet.</summary>
    private static string? Resolve(string git, string common, string name)
    {
        for (var step = 0; step < MostSteps; step++)
        {
            // Only these names belong to one worktree; all others are shared.
            var isOwn = name.StartsWith("refs/worktree/", StringComparison.Ordinal)
                || name.StartsWith("refs/bisect/", StringComparison.Ordinal);
            if (ReadableText.Of(Path.Combine(isOwn ? git : common, name), MostBytes)?.Trim() is not { } text)
                return Packed(common).FirstOrDefault(reference => reference.Name == name).Hash;
            if (IsHash(text)) return text.ToLowerInvariant();
            name = Target(text) is { } next && IsName(next) ? next : throw new InvalidDataException($"{name} names no commit.");
        }

        throw new InvalidDataException($"{name} leads to no commit.");
    }

    private static string[] TagsOf(string commit, string common)
    {
        var objects = new GitObjects(common);
        var tags = new SortedSet<string>(StringComparer.Ordinal);
        var loose = LooseTags(common);
        foreach (var (name, file) in loose)
        {
            if (ReadableText.Of(file, MostBytes)?.Trim() is { } hash && IsHash(hash) && Names(hash.ToLowerInvariant())) tags.Add(name);
        }

        foreach (var (name, hash, peeled) in Packed(common))
        {
            if (!name.StartsWith(TagPrefix, StringComparison.Ordinal) || loose.ContainsKey(name[TagPrefix.Length..])) continue;
            if (hash == commit || peeled == commit) tags.Add(name[TagPrefix.Length..]);
        }

        return [.. tags.Take(MostTags)];

        bool Names(string hash) => hash == commit || objects.CommitOf(hash) == commit;
    }

    private static Dictionary<string, string> LooseTags(string common)
    {
        var folder = Path.Combine(common, "refs", "tags");
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!Directory.Exists(folder)) return found;
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true,
            // A link may lead out of the repository.
            AttributesToSkip = FileAttributes.ReparsePoint, MaxRecursionDepth = 8 };
        foreach (var file in Directory.EnumerateFiles(folder, "*", options).Take(MostLooseTags))
        {
            var name = Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');
            if (IsName(TagPrefix + name)) found[name] = file;
        }

        return found;
    }

    /// <summary>The names in the file packed-refs; of a tag that is an object of its own also the commit that it names.</summary>
    private static IEnumerable<(string Name, string Hash, string? Peeled)> Packed(string common)
    {
        var path = Path.Combine(common, "packed-refs");
        if (FileFacts.Of(Files.RealPath(path)) is not { Kind: FileKind.File, Bytes: <= MostPackedBytes }) yield break;
        using var reader = new StreamReader(Files.OpenToRead(path), Encoding.UTF8);
        (string Name, string Hash, string? Peeled)? last = null;
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('^') && last is { } named && IsHash(line[1..]))
            {
                last = named with { Peeled = line[1..].ToLowerInvariant() };
                continue;
            }

            if (last is { } whole) yield return whole;
            last = line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space && IsHash(line[..space]) && IsName(line[(space + 1)..])
                ? (line[(space + 1)..], line[..space].ToLowerInvariant(), null) : null;
        }

        if (last is { } end) yield return end;
    }

    private static string? Target(string text) =>
        text.StartsWith("ref:", StringComparison.Ordinal) ? text["ref:".Length..].Trim() : null;

    /// <summary>True for a hash as git writes it: SHA-1 or SHA-256.</summary>
    internal static bool IsHash(string text) => text.Length is 40 or 64 && text.All(char.IsAsciiHexDigit);

    // The rules of git check-ref-format, because a name becomes a path, and stands in lists.
    private static bool IsName(string name) => name.Length <= LongestName && name.StartsWith("refs/", StringComparison.Ordinal)
        && BackupTags.IsPrintable(name) && name.AsSpan().IndexOfAny(Forbidden) < 0 && !name.Contains("..", StringComparison.Ordinal)
        && name.Split('/').All(part => part.Length > 0 && part[0] != '.' && part[^1] != '.');
}
