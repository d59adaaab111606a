using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Runtime;

/// <summary>Finds the runtime files of a repo root. Files that cannot be archived are refused by name, all at once.</summary>
/// <param name="root">Full path of the repo root, links resolved.</param>
/// <param name="backupRoot">Full path of the backup root, which is never archived.</param>
internal sealed class RuntimeFinder(string root, string backupRoot)
{
    private const char Unnameable = '\uFFFD';
    private static readonly string[] OurMarks = [".postry-lock", ".postry-journal.json", ".postry-stage-", ".postry-back-"];
    private readonly SortedDictionary<string, FileFacts> _found = new(StringComparer.Ordinal);
    private readonly List<string> _refused = [];
    // A backup root may be a link in the repo root to where there is room; one that is not below the repo root leaves nothing out.
    private readonly List<string> _backups = [.. new[] { Files.RealPath(backupRoot),
        InRealFolder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(backupRoot))) }
        .Where(folder => folder != root && RootFolder.Holds(root, folder))];
    // The links that are being followed, with the folders that they lead to.
    private readonly Stack<(string Link, string Folder)> _links = [];
    private List<PathPattern> _exclude = [];

    /// <summary>The paths that fit, in order, with what they are; and the optional patterns that nothing fits. Errors: RuntimeFileRefused,
    /// SourceNotFound (a required file is missing), InvalidRequest, AccessDenied.</summary>
    public (IReadOnlyDictionary<string, FileFacts> Found, IReadOnlyList<string> Missing) Find(RuntimeSelection selection)
    {
        _exclude = [.. selection.Exclude.Select(text => PathPattern.Parse(text))];
        var missing = selection.Include.Where(text => !Add(text)).ToList();
        var lacking = selection.Required.Where(text => !Add(text)).ToList();
        if (_refused.Count > 0)
        {
            throw new RuntimeFileRefusedException(root, $"These runtime files cannot be archived: {string.Join("; ", _refused)}.",
                $"Move them away, or exclude them ({OptionName.ExcludeRuntimePath}, or runtime.exclude in postry.json).");
        }

        if (lacking.Count > 0)
        {
            throw new SourceNotFoundException(root,
                $"Required runtime files are missing below {root}: {string.Join(", ", lacking)}.",
                "Restore them, or remove them from the list of required files.");
        }

        return (_found, missing);
    }

    private bool Add(string text)
    {
        var pattern = PathPattern.Parse(text);
        return Walk("", pattern.Segments, 0);
    }

    /// <summary>Follows a pattern from one of its names on. True where something fitted.</summary>
    private bool Walk(string folder, IReadOnlyList<string> segments, int at)
    {
        if (segments[at] == PathPattern.AnyFolders)
        {
            if (at == segments.Count - 1) return folder.Length == 0 ? AddBelow(folder) : Take(folder);
            var fitted = Walk(folder, segments, at + 1);
            foreach (var path in Names(folder).Select(name => Join(folder, name))
                .Where(path => !IsLeftOut(path) && FactsOf(path).Kind == FileKind.Folder))
                fitted |= Walk(path, segments, at);
            return fitted;
        }

        var any = false;
        foreach (var name in Names(folder).Where(name => PathPattern.Fits(segments[at], name)))
        {
            var path = Join(folder, name);
            if (at == segments.Count - 1) any |= Take(path);
            else any |= WalkOn(path, segments, at + 1);
        }

        return any;
    }

    private bool WalkOn(string path, IReadOnlyList<string> segments, int at)
    {
        if (IsLeftOut(path)) return false;
        var facts = FactsOf(path);
        if (facts.Kind != FileKind.Link || !Directory.Exists(Full(path))) return facts.Kind == FileKind.Folder && Walk(path, segments, at);
        var real = Files.RealPath(Full(path));
        if (!IsInside(real))
        {
            _refused.Add($"{path} is a link that leads outside");
            return false;
        }

        // Files behind a link are archived once, at their real location, and the link as a link; a link that cannot be archived is taken
        // for a folder.
        if (real == root || FindLinkObstacle(path) is not null) return Walk(path, segments, at);
        _links.Push((path, Relative(real)));
        var fitted = Walk(Relative(real), segments, at);
        _links.Pop();
        if (fitted) TakeLink(path, facts);
        return fitted;
    }

    private bool Take(string path)
    {
        if (IsLeftOut(path)) return false;
        var facts = FactsOf(path);
        switch (facts.Kind)
        {
            case FileKind.File:
                _found[path] = facts;
                return true;
            case FileKind.Folder:
                _found[path] = facts;
                AddBelow(path);
                return true;
            case FileKind.Link:
                if (FindLinkObstacle(path) is { } problem) _refused.Add(problem);
                else TakeLink(path, facts);
                return true;
            case FileKind.Special:
                _refused.Add($"{path} is a socket, a pipe or a device");
                return true;
            default:
                // A file whose name cannot be written cannot be opened, and must not be skipped silently.
                if (path.Contains(Unnameable, StringComparison.Ordinal)) _refused.Add($"{path} has a name that is not UTF-8");
                // Windows looks for a device where a file has the name of one.
                else if (OperatingSystem.IsWindows() && EntryRules.FindNameObstacle(path) is { } unnameable)
                    _refused.Add($"{path} {unnameable}");
                return false;
        }
    }

    // A link alone would come back leading nowhere: the file that it stands for comes with it.
    private void TakeLink(string path, FileFacts facts)
    {
        if (!_found.TryAdd(path, facts)) return;
        var target = Relative(Path.GetFullPath(Files.LinkTarget(Full(path))!, Path.GetDirectoryName(Full(path))!));
        if (!_found.ContainsKey(target) && FactsOf(target).Kind is FileKind.File or FileKind.Link) Take(target);
    }

    private bool AddBelow(string folder)
    {
        var any = false;
        foreach (var name in Names(folder)) any |= Take(Join(folder, name));
        return any;
    }

    private string? FindLinkObstacle(string path)
    {
        var target = Files.LinkTarget(Full(path)) ?? "";
        if (EntryRules.FindTargetObstacle(path, target) is { } problem) return $"{path} {problem}";
        return IsInside(Files.RealPath(Full(path))) ? null : $"{path} is a link that leads outside";
    }

    // Our own files, and the backups themselves, come and go.
    private bool IsLeftOut(string path) => path.Split('/').Any(IsOurs) || _backups.Exists(backups => RootFolder.Holds(backups, Full(path)))
        || NamesOf(path).Any(name => _exclude.Any(pattern => pattern.Covers(name)));

    // A pattern that excludes a file through a link also excludes it at its real location.
    private IEnumerable<string> NamesOf(string path) =>
        [path, .. _links.Where(link => path.StartsWith(link.Folder + "/", StringComparison.Ordinal))
        .Select(link => link.Link + path[link.Folder.Length..])];

    private static bool IsOurs(string name) => name.StartsWith('.') && OurMarks.Any(mark => name.Contains(mark, StringComparison.Ordinal));

    private bool IsInside(string real) => RootFolder.Holds(root, real);

    private static string InRealFolder(string full) =>
        Path.Combine(Files.RealPath(Path.GetDirectoryName(full) ?? full), Path.GetFileName(full));

    private List<string> Names(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(Full(folder)).Select(entry => Path.GetFileName(entry)!)
                .Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException e)
        {
            throw Denied(folder, e);
        }
    }

    private FileFacts FactsOf(string path)
    {
        try
        {
            return FileFacts.Of(Full(path));
        }
        catch (UnauthorizedAccessException e)
        {
            throw Denied(path, e);
        }
    }

    private AccessDeniedException Denied(string path, Exception e) =>
        new(Full(path), $"The runtime files in {Full(path)} cannot be read: {e.Message}",
        $"Run as a user who may read them, or exclude them ({OptionName.ExcludeRuntimePath}, or runtime.exclude in postry.json).", e);

    private string Relative(string full) => Path.GetRelativePath(root, full).Replace(Path.DirectorySeparatorChar, '/');

    private string Full(string path) => Path.Combine(root, path);

    private static string Join(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";
}
