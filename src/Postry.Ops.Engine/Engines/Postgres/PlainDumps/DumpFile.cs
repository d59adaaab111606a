using System.Diagnostics;
using System.Globalization;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Checks;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>Reads the plain text of pg_dump that the old scripts kept, and hands it on to psql. All of it is looked at before any of it is
/// run.</summary>
internal static class DumpFile
{
    // The text in place of a data file's name: the rows are in the dump itself.
    private const string InTheDump = "dump";

    private const string Uncounted = "The dump holds its rows as INSERTs, which are not counted.";

    private static string ByHand =>
        "Use another backup. If you know and trust this one, restore it with psql into a database of its own, look at it there, and back " +
        $"that up with {CommandName.BackUpDatabase}.";

    /// <summary>Reads it from beginning to end; where a check fails, without what it holds.</summary>
    public static async Task<ArtefactReading> ReadAsync(LoadedBackup backup, IOperationObserver observer, CancellationToken cancellation)
    {
        var (manifest, path) = (backup.Manifest, backup.ArtefactPath);
        var clock = Stopwatch.StartNew();
        var facts = new DumpFacts();
        ScriptRefusal? refusal = null;
        var (bytes, sha256) = await PumpAsync(path, piece =>
        {
            if (refusal is not null) return;
            try
            {
                if (piece.IsEmpty) facts.Complete();
                else facts.Append(piece.Span);
            }
            catch (ScriptRefusal e)
            {
                refusal = e;
            }
        }, done => observer.Progress(new OperationProgress("PostgreSQL", "Reading the dump", done, manifest.Artefact.Bytes)), cancellation);

        // The checks trust only the bytes that were signed.
        var checks = ArtefactChecks.Compare(manifest.Artefact, bytes, sha256, clock.Elapsed).ToList();
        if (checks.Any(check => check.Status == CheckStatus.Failed)) return new ArtefactReading(backup, checks, []);
        if (refusal is not null) return new ArtefactReading(backup, checks, [], Refused(path, refusal));
        checks.Add(new Check("Whole dump", facts.Missing is null && facts.IsDump ? CheckStatus.Passed : CheckStatus.Failed, DumpHandler.End,
            facts.Missing is not null ? "an end without it" : facts.IsDump ? "that line" : "text that is not a dump", facts.Missing,
            clock.Elapsed));
        if (checks[^1].Status == CheckStatus.Failed) return new ArtefactReading(backup, checks, []);
        if (facts.Tables.Any(table => table.IsFilled && !table.IsMade) && !facts.Tables.Any(table => table.IsMade))
            return new ArtefactReading(backup, checks, [],
                new RestoreRefusedException(path,
                $"{path} holds rows without the tables that they belong to (pg_dump --data-only).", ByHand));
        return new ArtefactReading(backup.With(Describe(manifest, facts)), checks, [.. Notes(facts)]);
    }

    /// <summary>The definitions in a dump that has been read before.</summary>
    public static async Task<IReadOnlyList<SchemaObject>> ReadSchemaAsync(string path, SchemaRules rules, CancellationToken cancellation)
    {
        var facts = new DumpFacts();
        await PumpAsync(path, piece => facts.Append(piece.Span), _ => { }, cancellation);
        return facts.Schema(rules);
    }

    /// <summary>
    /// Hands the dump on piece by piece, each once it has been judged again, and returns only where these were the signed bytes, to their
    /// end. Errors: RestoreRefused, BackupCorrupt.
    /// </summary>
    public static async Task FeedAsync(BackupManifest manifest, string path, ScriptPurpose purpose, Func<ReadOnlyMemory<byte>, Task> write,
        Action<long> progress, CancellationToken cancellation)
    {
        var feed = new DumpFeed(purpose);
        try
        {
            await using var file = Files.OpenToRead(path);
            using var hashing = new HashingStream(file);
            var buffer = new byte[256 << 10];
            for (int read; (read = await hashing.ReadAsync(buffer, cancellation)) > 0;)
            {
                feed.Append(buffer.AsSpan(0, read));
                await FlushAsync();
                progress(hashing.Count);
            }

            feed.Complete();
            if (feed.Missing is { } missing) throw Corrupt(missing);
            if (hashing.Count != manifest.Artefact.Bytes || hashing.Sha256() != manifest.Artefact.Sha256)
                throw Corrupt("Its bytes are not those that were signed.");
            await FlushAsync();
        }
        catch (ScriptRefusal e)
        {
            throw Refused(path, e);
        }

        BackupCorruptException Corrupt(string problem) =>
            new(path, $"{path} changed while it was restored: {problem}", "Find out what writes to it, then restore again.");

        async Task FlushAsync()
        {
            if (feed.Kept.Length > 0) await write(feed.Kept);
            feed.Clear();
        }
    }

    private static async Task<(long Bytes, string Sha256)> PumpAsync(string path, Action<ReadOnlyMemory<byte>> take, Action<long> progress,
        CancellationToken cancellation)
    {
        await using var file = Files.OpenToRead(path);
        using var hashing = new HashingStream(file);
        var buffer = new byte[256 << 10];
        for (int read; (read = await hashing.ReadAsync(buffer, cancellation)) > 0;)
        {
            take(buffer.AsMemory(0, read));
            progress(hashing.Count);
        }

        take(ReadOnlyMemory<byte>.Empty);
        return (hashing.Count, hashing.Sha256());
    }

    private static RestoreRefusedException Refused(string path, ScriptRefusal refusal) =>
        new(path, $"{path} holds statements that a restore does not run. {Sentence.End(refusal.Message)}", ByHand);

    private static IEnumerable<string> Notes(DumpFacts facts)
    {
        if (facts.Tables.Count > 0 && !facts.Tables.Any(table => table.IsFilled))
            yield return "THE DUMP HOLDS NO ROWS, only definitions (pg_dump --schema-only).";
        yield return "A plain dump does not say whether it is of the whole database, nor the properties of the database itself (owner, " +
            "privileges, settings): those of the live one are kept.";
        if (facts.LeavesOut) yield return "Statements of the dump about subscriptions, and about a database by its name, are left out.";
    }

    private static BackupManifest Describe(BackupManifest manifest, DumpFacts facts)
    {
        // A table that an extension makes has rows of the extension's own, and cannot be compared.
        var tables = facts.Tables.Where(table => table.IsMade).Select((table, i) =>
            (Table: new PostgresTable(i + 1, table.Schema, table.Name, [], false, false, null, table.Bytes, table.IsFilled ? InTheDump
                : null), Facts: table)).ToList();
        var schema = facts.Schema(new SchemaRules());
        return manifest with
        {
            // Indexes are not in the dump.
            Source = manifest.Source with { Bytes = manifest.Artefact.Bytes * 2 },
            Contents = new DatabaseContents(FingerprintKind.RowCount, null,
                [.. tables.Where(t => t.Facts.IsFilled)
                    .Select(t => new TableContent(t.Table.DisplayName, t.Facts.HasInserts ? null : t.Facts.Rows, null, t.Facts.HasInserts
                    ? Uncounted : null)).OrderBy(t => t.Name, StringComparer.Ordinal)],
                schema) { IsOfArtefact = true },
            Postgres = new PostgresDescription
            {
                Server = new PostgresServerFacts(facts.ServerVersion ?? LegacyManifest.Unknown, Number(facts.ServerVersion), null),
                Database = Unknown,
                Scope = new PostgresScope([], [], [], null, null),
                Dump = new PostgresDump(facts.DumpVersion ?? LegacyManifest.Unknown, Number(facts.DumpVersion), "none", null),
                Tables = [.. tables.Select(t => t.Table)],
                Sequences = facts.Sequences,
                LargeObjects = new PostgresLargeObjects(facts.LargeObjects, null, null),
                Extensions = [.. schema.Where(entry => entry.Type == "extension")
                    .Select(entry => new PostgresExtension(entry.Name, "", ""))],
                Migrations = facts.Migrations,
                Roles = [.. facts.Owners.Union(facts.Roles).Where(role => facts.HasOwners || facts.Roles.Contains(role)).Select(Role)],
                Memberships = [],
                Owners = facts.HasOwners ? [.. facts.Owners] : [],
                Targets = facts.Targets,
                Tablespaces = facts.Tablespaces,
            },
        };
    }

    /// <summary>Stands for the properties of a database, which a plain dump does not hold.</summary>
    private static PostgresDatabaseFacts Unknown => new()
    {
        Name = LegacyManifest.NamePrefix + "postgres",
        Oid = 0,
        Bytes = 0,
        Owner = "",
        Encoding = "UTF8",
        Collate = "C",
        CType = "C",
        LocaleProvider = "libc",
        Locale = null,
        IcuRules = null,
        CollationVersion = null,
        ConnectionLimit = -1,
        Tablespace = "pg_default",
        Comment = null,
        Acl = null,
        Settings = [],
        ConnectedAs = "",
    };

    private static PostgresRole Role(string name) => new(name, false, true, false, false, false, false, false, -1, null, null, []);

    // "15.18 (Debian 15.18-0+deb12u1)"
    private static int Number(string? version)
    {
        var parts = (version ?? "").Split(' ')[0].Split('.');
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            ? (major * 10000) + (parts.Length > 1 && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
                ? minor : 0) : 0;
    }
}
