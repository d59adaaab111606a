using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Settings of a database whose values a manifest does not hold, because by their names they may be secrets: the archive has them,
/// and the restored database must have them, too.</summary>
internal static partial class KeptBackSettings
{
    // The file of an archive folder in which pg_dump keeps the values.
    private const string ListOfContents = "toc.dat";

    /// <summary>The database's properties with these values; one that is not in the archive either stays without. Errors: those of
    /// pg_restore.</summary>
    public static async Task<PostgresDatabaseFacts> CompleteAsync(BackupManifest manifest, string archive,
        CancellationToken cancellation)
    {
        var facts = manifest.Postgres!.Database;
        if (facts.Settings.All(setting => setting.Value is not null)) return facts;
        // pg_restore prints the statements that create the database and set its properties whatever the list of entries says; no other
        // entry is wanted.
        using var list = await EntryListFile.WriteAsync([], cancellation);
        var script = "";
        await ArchiveTool.Find(manifest.Postgres.Dump.Major,
            archive)(["--create", "--schema-only", "-L", list.Path, "-f", "-", archive],
            async (output, token) => script = await ByteKeepingEncoding.Reader(output).ReadToEndAsync(token), cancellation);
        var values = Parse(script);
        return facts with { Settings = [.. facts.Settings
            .Select(setting => setting.Value is null ? setting with { Value = values.GetValueOrDefault((setting.Role, setting.Name)) }
            : setting)] };
    }

    /// <summary>
    /// Reads the settings if nothing depends on them: nothing is read from an archive that is gone or does not match its signature.
    /// </summary>
    public static async Task<PostgresDatabaseFacts> TryCompleteAsync(BackupManifest manifest, string archive,
        CancellationToken cancellation)
    {
        var facts = manifest.Postgres!.Database;
        if (!Directory.Exists(archive) || facts.Settings.All(setting => setting.Value is not null)) return facts;
        try
        {
            await using var contents = Files.OpenToRead(Path.Combine(archive, ListOfContents));
            var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(contents, cancellation));
            return manifest.Artefact.Files?.Any(file => file.Name == ListOfContents && file.Sha256 == sha256) == true
                ? await CompleteAsync(manifest, archive, cancellation) : facts;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ToolMissingException or ToolTooOldException
            or ToolFailedException)
        {
            return facts;
        }
    }

    /// <summary>The values that a script sets, by role (null for all) and parameter. Lists of several values are passed over: none of those
    /// is kept back.</summary>
    public static IReadOnlyDictionary<(string? Role, string Name), string> Parse(string script)
    {
        var values = new Dictionary<(string?, string), string>();
        foreach (Match statement in Statement().Matches(script))
        {
            var role = statement.Groups["role"] is { Success: true } named ? Plain(named.Value) : null;
            var value = statement.Groups["value"].Value.Replace("''", "'", StringComparison.Ordinal);
            values[(role, Plain(statement.Groups["name"].Value))] = statement.Groups["escaped"].Success
                ? value.Replace(@"\\", @"\", StringComparison.Ordinal) : value;
        }

        return values;
    }

    private static string Plain(string name) => name[0] == '"' ? name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : name;

    // pg_dump writes the statement like this, with E before a text that has a \ in it.
    [GeneratedRegex(
        """^ALTER (ROLE (?<role>"([^"]|"")*"|[^\s"]+) IN )?DATABASE ("([^"]|"")*"|[^\s"]+) SET (?<name>"([^"]|"")*"|[^\s"]+) TO +(?<escaped>E)?'(?<value>([^']|'')*)';\r?$""",
        RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Statement();
}
