using Postry.Ops.Engine.Diagnostics;
namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>The folders in which programs of PostgreSQL are looked for.</summary>
internal static class PgToolFolders
{
    // A * stands for the versions. Debian, Red Hat, SUSE, Alpine, Homebrew, MacPorts, Postgres.app.
    private static readonly string[] UnixPatterns =
    [
        "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin", "/usr/libexec/postgresql*",
        "/opt/homebrew/opt/postgresql@*/bin", "/opt/homebrew/opt/libpq/bin", "/usr/local/opt/postgresql@*/bin", "/usr/local/opt/libpq/bin",
        "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", "/opt/local/lib/postgresql*/bin",
        "/Applications/Postgres.app/Contents/Versions/*/bin", "/usr/local/pgsql/bin",
    ];

    /// <summary>The folder that the user named, or null.</summary>
    public static string? Named(Func<string, string?> environment) =>
        environment(EnvironmentVariables.PostgresPrograms) is { Length: > 0 } folder
        ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) : null;

    /// <summary>All other folders that exist.</summary>
    public static IEnumerable<string> Others(Func<string, string?> environment) =>
        (environment("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(Unquoted)
            .Concat(Patterns(environment).SelectMany(Expand))
            .Where(folder => Path.IsPathRooted(folder) && Directory.Exists(folder))
            .Select(Path.GetFullPath)
            .Distinct(StringComparer.Ordinal);

    // Windows allows quotes around a folder of the path.
    private static string Unquoted(string folder) => OperatingSystem.IsWindows() ? folder.Trim('"') : folder;

    private static IEnumerable<string> Patterns(Func<string, string?> environment) => !OperatingSystem.IsWindows() ? UnixPatterns
        : new[] { "ProgramFiles", "ProgramW6432", "ProgramFiles(x86)" }.Select(environment).OfType<string>().Distinct()
            .Select(root => $"{root}/PostgreSQL/*/bin");

    private static IEnumerable<string> Expand(string pattern)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        if (star < 0) return [pattern];
        var parent = pattern[..pattern.LastIndexOf('/', star)];
        var end = pattern.IndexOf('/', star);
        var namePattern = end < 0 ? pattern[(parent.Length + 1)..] : pattern[(parent.Length + 1)..end];
        try
        {
            return Directory.Exists(parent) ? [.. Directory.EnumerateDirectories(parent, namePattern).Order(StringComparer.Ordinal)
                .Select(found => end < 0 ? found : found + pattern[end..])] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
