using System.Globalization;
using System.Text.Json.Nodes;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>Backups as the old scripts left them, made by stock tools alone: sqlite3 or pg_dump for the artefact, sha256sum and openssl for
/// what is said of it.</summary>
internal static class LegacyFiles
{
    public const string Stamp = "20250314-092653";

    /// <summary>The stamp as the listing must show it.</summary>
    public static DateTime StampInUtc => new(2025, 3, 14, 9, 26, 53, DateTimeKind.Utc);

    /// <summary>Places a SQLite file that SQL fills.</summary>
    public static string Sqlite(Workspace work, string sql, string stamp = Stamp, string key = Workspace.Key)
    {
        var path = PathOf(work, $"sqlite-backup-{stamp}.db");
        Commands.Sqlite(path, sql);
        return Describe(path, "sqlite", key);
    }

    /// <summary>Places a dump.</summary>
    public static string Sql(Workspace work, string text, string stamp = Stamp, string key = Workspace.Key)
    {
        var path = PathOf(work, $"postgres-backup-{stamp}.sql");
        File.WriteAllText(path, text);
        return Describe(path, "postgres", key);
    }

    /// <summary>Writes the metadata of a file that is there, and returns the file's path.</summary>
    public static string Describe(string path, string mode, string key = Workspace.Key, Action<JsonObject>? change = null)
    {
        var sha256 = Said(Commands.Run("sha256sum", [path]))[..64].ToUpperInvariant();
        var (size, name) = (long.Parse(Said(Commands.Run("stat", ["-c", "%s", path])), CultureInfo.InvariantCulture),
            Path.GetFileName(path));
        var hmac = Said(Commands.Run("openssl", ["dgst", "-sha256", "-hmac", key, "-hex"], $"{sha256}|{size}|{mode}|{name}")).Trim()
            .Split(' ')[^1].ToUpperInvariant();
        var metadata = new JsonObject
        {
            // The unsigned members are wrong on purpose: no command may use them.
            ["generated_at_utc"] = "2031-01-01T00:00:00.0000000Z",
            ["mode"] = mode,
            ["backup_file"] = name,
            ["backup_path"] = "/etc/passwd",
            ["size_bytes"] = size,
            ["sha256"] = sha256,
            ["hmac_sha256"] = hmac,
        };
        change?.Invoke(metadata);
        File.WriteAllText(path + ".meta.json", metadata.ToJsonString(new() { WriteIndented = true }));
        return path;
    }

    /// <summary>The one set that is listed.</summary>
    public static BackupSet Only(Workspace work) => Assert.Single(work.Engine.ListBackups(new BackupQuery()));

    private static string PathOf(Workspace work, string name) =>
        Path.Combine(Directory.CreateDirectory(Path.Combine(work.BackupRoot, "db")).FullName, name);

    private static string Said(CommandResult result)
    {
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }
}
