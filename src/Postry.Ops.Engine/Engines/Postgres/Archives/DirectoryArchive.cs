using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Archives;

/// <summary>An archive in pg_dump's directory format, which only pg_restore reads. Its manifest tells all about the database.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="Path">The folder.</param>
internal sealed partial record DirectoryArchive(BackupManifest Manifest, string Path) : PostgresArchive(Manifest, Path)
{
    /// <inheritdoc/>
    public override bool HoldsDatabaseProperties => true;

    /// <inheritdoc/>
    public override bool IsOneScript => false;

    /// <inheritdoc/>
    public override IEnumerable<PostgresTable> OrdinaryTables => Description.Tables;

    /// <inheritdoc/>
    protected override IEnumerable<PostgresSequence> OwnSequences => Description.Sequences;

    /// <inheritdoc/>
    public override T Match<T>(Func<DirectoryArchive, T> directory, Func<PlainDump, T> dump) => directory(this);

    /// <inheritdoc/>
    public override (string Program, int Major) RestoreProgram(int serverMajor) => ("pg_restore", DumpMajor);

    /// <summary>The archive's list of contents. Errors: those of pg_restore.</summary>
    public Task<ArchiveList> ReadListAsync(Action<string>? warned, CancellationToken cancellation) =>
        ArchiveList.ReadAsync(Path, ArchiveTool.Find(DumpMajor, Path, warned), cancellation);

    /// <inheritdoc/>
    public override Task<IReadOnlyList<SchemaObject>> ReadSchemaAsync(SchemaRules rules, Action<string> warned,
        CancellationToken cancellation) =>
        ArchiveTool.ReadSchemaAsync(Path, ArchiveTool.Find(DumpMajor, Path, warned), rules, cancellation);

    /// <inheritdoc/>
    // The last word of each line of the archive's list is the owner, which may have spaces in it: the longest role that fits is taken.
    public override async Task<IReadOnlyCollection<string>> OwnersAsync(IReadOnlyCollection<string> roles, CancellationToken cancellation)
    {
        var owners = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var longestFirst = roles.OrderByDescending(role => role.Length).ToList();
            foreach (var entry in (await ReadListAsync(warned: null, cancellation)).Entries)
                if (longestFirst.FirstOrDefault(role => entry.Text.EndsWith(" " + role, StringComparison.Ordinal)) is { } owner)
                    owners.Add(owner);
        }
        catch (OpsException)
        {
            // A missing program and a damaged archive are problems of their own.
        }

        return owners;
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyCollection<string>> TablespacesAsync(CancellationToken cancellation)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            await ArchiveTool.Find(DumpMajor, Path)(["--schema-only", "-f", "-", Path], async (output, token) =>
            {
                using var script = ByteKeepingEncoding.Reader(output);
                while (await script.ReadLineAsync(token) is { } line)
                    if (Header().Match(line) is { Success: true } header) names.Add(header.Groups["tablespace"].Value);
            }, cancellation);
        }
        catch (OpsException)
        {
            // A missing program and a damaged archive are problems of their own.
        }

        return names;
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Check>> CheckBytesAsync(IOperationObserver observer, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var done = 0L;
        var found = new ConcurrentBag<FolderFile>();
        await Parallel.ForEachAsync(new DirectoryInfo(Path).EnumerateFiles("*", SearchOption.AllDirectories), cancellation,
            async (file, token) =>
        {
            await using var stream = Files.OpenToRead(file.FullName);
            var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, token));
            var name = System.IO.Path.GetRelativePath(Path, file.FullName).Replace('\\', '/');
            found.Add(new FolderFile(name, file.Length, sha256));
            observer.Progress(new OperationProgress("PostgreSQL", "Checking the stored bytes", Interlocked.Add(ref done, file.Length),
                Manifest.Artefact.Bytes));
        });
        return [.. PostgresChecks.Files(Manifest.Artefact, [.. found], clock.Elapsed)];
    }

    /// <inheritdoc/>
    public override Task<ComparableDefinitions> CompareDefinitionsAsync(IReadOnlyList<SchemaObject> live,
        CancellationToken cancellation) => Task.FromResult(ComparableDefinitions.Of(Manifest, live));

    /// <inheritdoc/>
    public override (List<DatabaseProperty> Backup, List<DatabaseProperty> Live) CompareProperties(
        PostgresDescription held, PostgresDescription live, IReadOnlyCollection<string> unreadable) =>
        PostgresProperties.Compare(held, live, unreadable);

    [GeneratedRegex(@"^-- Name: .*; Type: [A-Z][A-Z ]*; Schema: .*; Owner: .*; Tablespace: (?<tablespace>.+)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Header();
}
