using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>Finds the programs of PostgreSQL on this machine.</summary>
internal static partial class PgTools
{
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(20);
    private static readonly ConcurrentDictionary<(string Path, DateTime Changed), string?> Versions = new();

    /// <summary>
    /// Finds a program that is not older than the server: the one in the folder that POSTRY_PG_BIN names where that is new enough, else the
    /// best of all others. Errors: ToolMissing, ToolTooOld; they name the programs that were found, and the version that is needed.
    /// </summary>
    /// <param name="program">The name: pg_dump, pg_restore, psql, pg_dumpall, initdb or postgres.</param>
    /// <param name="atLeastMajor">The server's or the archive's major version.</param>
    /// <param name="target">The name of the target, which errors carry.</param>
    /// <param name="choice">The rule to choose one of several.</param>
    /// <param name="environment">Reads an environment variable; null for the process's own.</param>
    public static PgTool Find(string program, int atLeastMajor, string target, PgChoice choice = PgChoice.Newest,
        Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        var found = FindAll(program, environment);
        var enough = found.Where(tool => tool.Major >= atLeastMajor).ToList();
        if (enough.Count > 0)
        {
            if (PgToolFolders.Named(environment) is { } named
                && enough.FirstOrDefault(tool => Path.GetDirectoryName(tool.Path) == named) is { } wanted)
                return wanted;
            return choice == PgChoice.Newest ? enough.MaxBy(tool => tool.Major)! : enough.MinBy(tool => tool.Major)!;
        }

        var hint =
            $"Install {Package(program, atLeastMajor)}, or set {EnvironmentVariables.PostgresPrograms} to the folder " +
                $"that holds {program} {atLeastMajor}" +
            $" or newer.";
        if (found.Count == 0)
        {
            throw new ToolMissingException(target,
                $"{program} was not found: neither {(PgToolFolders.Named(environment) is { } folder ? $"in {folder}, " : "")}on the path " +
                    $"nor where packages put it.", hint);
        }

        throw new ToolTooOldException(target,
            $"Version {atLeastMajor} or newer of {program} is needed, and only " +
                $"{string.Join(", ", found.Select(tool => $"{tool.Version} in {Path.GetDirectoryName(tool.Path)}"))} was found.", hint);
    }

    /// <summary>Every version of a program on this machine; the one in the folder that POSTRY_PG_BIN names comes first.</summary>
    public static IReadOnlyList<PgTool> FindAll(string program, Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        var file = OperatingSystem.IsWindows() ? program + ".exe" : program;
        var named = PgToolFolders.Named(environment);
        return [.. (named is null ? [] : new[] { named }).Concat(PgToolFolders.Others(environment))
            .Select(folder => Path.Combine(folder, file))
            // Debian's wrapper on the path chooses a version by a cluster's configuration; the programs themselves lie elsewhere.
            .Where(path => File.Exists(path) && Path.GetFileName(Files.RealPath(path)) != "pg_wrapper")
            .DistinctBy(Files.RealPath)
            .Select(path => Describe(program, path)).OfType<PgTool>()];
    }

    private static PgTool? Describe(string program, string path)
    {
        var version = Versions.GetOrAdd((path, File.GetLastWriteTimeUtc(path)), _ => Ask(path));
        return version is not null && int.TryParse(Leading().Match(version).Value, NumberStyles.None, CultureInfo.InvariantCulture,
            out var major) ? new PgTool(program, path, major, version) : null;
    }

    // A file that is no program, or not for this machine, gives no answer.
    private static string? Ask(string path) =>
        ChildProcess.Ask(new(path, "--version") { Environment = PgEnvironment.Clean, Timeout = LongestAnswer }) is { } answer
            && Number().Match(answer) is { Success: true } match ? match.Groups[1].Value : null;

    private static string Package(string program, int major) =>
        OperatingSystem.IsWindows() ? $"PostgreSQL {major} or its command line tools"
        : OperatingSystem.IsMacOS() ? $"postgresql@{major} (Homebrew)"
        : program is "initdb" or "postgres" ? $"the server programs (postgresql-{major})" : $"postgresql-client-{major}";

    // "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    [GeneratedRegex(@"\([^)]*\)\s+(\d[\w.]*)")]
    private static partial Regex Number();

    [GeneratedRegex(@"^\d+")]
    private static partial Regex Leading();
}
