using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>
/// Restores entries of an archive into an open transaction one by one, each completely or not at all: with no search_path, as pg_restore
/// does, and if that fails, with those under which the source has worked. Failed entries are tried again after all others. All rows are
/// restored before the objects that depend on them.
/// </summary>
/// <param name="transaction">The transaction.</param>
/// <param name="script">Writes the entries.</param>
/// <param name="manifest">The manifest of the archive.</param>
/// <param name="target">The name of the target, which errors carry.</param>
/// <param name="before">The outcome of an earlier transaction with the same archive, or null.</param>
internal sealed class EntryRestore(
    PsqlTransaction transaction, RestoreScript script, BackupManifest manifest, string target,
    EntryRestore? before = null)
{
    // A database without these objects holds less than before, but every row; objects that protect rows (policies) or hold them are not in
    // the list.
    private static readonly HashSet<string> Leavable =
    [
        "CONSTRAINT", "FK CONSTRAINT", "CHECK CONSTRAINT", "INDEX", "INDEX ATTACH", "TRIGGER", "RULE", "VIEW", "MATERIALIZED VIEW",
        "MATERIALIZED VIEW DATA", "STATISTICS", "TABLE ATTACH",
    ];

    private const int MostNamed = 10;

    private static readonly HashSet<string> Descriptions = ["COMMENT", "ACL", "SECURITY LABEL"];

    private readonly Dictionary<int, PostgresTable> _tables = [];
    private readonly List<(ArchiveEntry Entry, StatementError Error)> _failed = before?._failed ?? [];
    private readonly List<BrokenObject> _broken = before?._broken ?? [];
    private readonly Dictionary<string, List<string>> _withPath = before?._withPath ?? new(StringComparer.Ordinal);
    private IReadOnlyList<string>? _paths = before?._paths;

    /// <summary>The outcome of all entries.</summary>
    public RestoreOutcome Outcome => new(_broken, _withPath);

    /// <summary>Restores all rows and the objects that they need. Errors: ToolFailed if a table cannot take its rows.</summary>
    /// <param name="entries">The entries, in the archive's order.</param>
    /// <param name="done">Is called for each entry that is done.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task RestoreRowsAsync(IReadOnlyList<ArchiveEntry> entries, Action done, CancellationToken cancellation)
    {
        await EachAsync(entries, done, cancellation);
        await RetryFailedAsync(cancellation);
        await WithoutChecksAsync(cancellation);
    }

    /// <summary>Restores the objects that depend on the rows.</summary>
    /// <param name="entries">The entries, in the archive's order.</param>
    /// <param name="done">Is called for each entry that is done.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task RestoreDependentsAsync(IReadOnlyList<ArchiveEntry> entries, Action done, CancellationToken cancellation)
    {
        // Views that are filled from others stand behind them in the archive, and are filled with the rights that owners have in the end.
        var inOrder = entries.OrderBy(entry => entry.IsViewData ? 2 : entry.IsLate ? 1 : 0).ToList();
        await EachAsync(inOrder, done, cancellation);
        await RetryFailedAsync(cancellation);
    }

    /// <summary>
    /// Finishes the restore: lists what could not be made. Errors: RestoreRefused with the objects where the rule is to refuse;
    /// ToolFailed where a database cannot be without the object.
    /// </summary>
    public async Task FinishAsync(BrokenObjectRule rule, CancellationToken cancellation)
    {
        var left = new List<BrokenObject>();
        foreach (var (entry, error) in _failed)
        {
            var text = await script.ReadAsync(entry.DumpId, cancellation);
            var made = SchemaScript.Split(new StringReader(text)).FirstOrDefault();
            // Entries that describe an object which was left out are left out with it.
            var isLeft = made is not null && (Leavable.Contains(made.Type) || (Descriptions.Contains(made.Type) && error.IsMissingObject));
            if (!isLeft)
                throw new ToolFailedException(target, $"{entry.Text} cannot be created: {error.Summary}.", Hint(error));
            var type = made!.Type.ToLowerInvariant();
            var sql = SchemaScript.OnOneLine(SchemaScript.Statement(made.Body));
            left.Add(new BrokenObject(type, made.FullName, error.Message, error.Detail, sql) { Changes = [(type, made.FullName)] });
        }

        _broken.AddRange(left);
        if (_broken.Count > 0 && rule == BrokenObjectRule.Refuse) throw Refused();
    }

    /// <summary>The error for objects that cannot be made.</summary>
    private RestoreRefusedException Refused() => new(target,
        $"{_broken.Count} of the objects in the backup cannot be created, because rows or functions in it do not allow it: "
        + $"{string.Join("; ", _broken.Take(MostNamed))}{(_broken.Count > MostNamed ? $"; and {_broken.Count - MostNamed} more" : "")}.",
        $"{OptionName.OnBrokenObject} Leave brings every row back without these objects, and lists them with the SQL that creates them " +
            "later. Or correct the rows in the source and back it up again.")
    {
        Broken = _broken,
    };

    private static string Hint(StatementError error) => error.IsMissingObject
        ? "If a function looks for something that it does not name in full, set its search_path in the source (ALTER FUNCTION ... SET "
          + "search_path = ...), or that of the database (ALTER DATABASE ... SET search_path = ...), and back it up again."
        : "Correct in the source what the server names, and back it up again; or restore by hand with pg_restore, which goes on " +
            "after errors.";

    // Rows go in table by table. The rest up to the next table is one script, as long as all of it can be made.
    private async Task EachAsync(IReadOnlyList<ArchiveEntry> entries, Action done, CancellationToken cancellation)
    {
        for (var i = 0; i < entries.Count;)
        {
            var some = entries.Skip(i).TakeWhile(entry => !entry.IsTableData && !entry.IsCostly).ToList();
            i += Math.Max(1, some.Count);
            if (some.Count == 0) some = [entries[i - 1]];
            var isMade = some.Count > 1
                && await script.TryAsync([.. some.Select(entry => entry.DumpId)], null, cancellation) is null;
            if (!isMade)
            {
                foreach (var entry in some)
                    if (await OneAsync(entry, cancellation) is { } error) _failed.Add((entry, error));
            }

            foreach (var _ in some) done();
        }
    }

    // An object may wait for another that failed, and a CHECK for the rows of another table.
    private async Task RetryFailedAsync(CancellationToken cancellation)
    {
        for (var most = int.MaxValue; _failed.Count > 0 && _failed.Count < most;)
        {
            most = _failed.Count;
            var some = _failed.Where(failure => failure.Entry.IsTableData || !failure.Error.IsAboutKeys).ToList();
            foreach (var failure in some)
            {
                _failed.Remove(failure);
                if (await OneAsync(failure.Entry, cancellation) is { } error) _failed.Add((failure.Entry, error));
            }
        }
    }

    private async Task<StatementError?> OneAsync(ArchiveEntry entry, CancellationToken cancellation)
    {
        if (entry.IsTableData && await FindCopyErrorAsync(entry, cancellation) is { } error) return error;
        return await UnderPathsAsync(path => script.TryAsync([entry.DumpId], path, cancellation), entry.Text, cancellation);
    }

    private async Task<StatementError?> UnderPathsAsync(
        Func<string?, Task<StatementError?>> run, string name, CancellationToken cancellation)
    {
        var error = await run(null);
        if (error is null) return null;
        foreach (var path in error.IsAboutKeys ? [] : await PathsAsync(cancellation))
        {
            if (await run(path) is { } other)
            {
                // A name that is not found says less than what goes wrong once it is.
                if (error.IsMissingObject) error = other;
                continue;
            }

            if (!_withPath.TryGetValue(path, out var names)) _withPath[path] = names = [];
            names.Add(name);
            return null;
        }

        return error;
    }

    private async Task<IReadOnlyList<string>> PathsAsync(CancellationToken cancellation) =>
        _paths ??= SearchPaths.Of(manifest, await transaction.TextAsync(SearchPaths.OfSession, cancellation) ?? "");

    /// <summary>Begins the COPY of a table without rows, and returns its error, or null: rows that come after a COPY which cannot begin
    /// would be taken for statements.</summary>
    private async Task<StatementError?> FindCopyErrorAsync(ArchiveEntry entry, CancellationToken cancellation)
    {
        var table = Table(entry);
        var columns = table.Columns.Count == 0 ? "" : $" ({string.Join(", ", table.Columns.Select(PostgresNames.Quote))})";
        var copy = $"COPY {PostgresNames.Quote(table.Schema, table.Name)}{columns} FROM stdin;\n\\.";
        return await transaction.TryAsync(copy, cancellation);
    }

    private PostgresTable Table(ArchiveEntry entry) =>
        _tables.TryGetValue(entry.DumpId, out var known) ? known
        : _tables[entry.DumpId] = manifest.Postgres!.Tables.FirstOrDefault(table => table.Oid == entry.Oid)
            ?? throw new BackupCorruptException(
                target, $"The archive holds rows that its manifest does not name: {entry.Text}.", "Use another backup.");

    /// <summary>Brings rows in that a CHECK keeps out, and the CHECK after them.</summary>
    private async Task WithoutChecksAsync(CancellationToken cancellation)
    {
        var waiting = _failed.Where(failure => failure.Entry.IsTableData).ToList();
        if (waiting.Count == 0) return;
        var there = new List<PostgresTable>();
        foreach (var (entry, error) in waiting)
        {
            if (await FindCopyErrorAsync(entry, cancellation) is not null) throw NoRows(entry, error);
            there.Add(Table(entry));
        }

        var checks = await RowChecks.ReadAsync(transaction, there, cancellation);
        foreach (var check in checks) await transaction.ExecuteAsync(check.Drop, cancellation);
        foreach (var (entry, _) in waiting)
            if (await OneAsync(entry, cancellation) is { } error) throw NoRows(entry, error);
        _failed.RemoveAll(failure => failure.Entry.IsTableData);
        foreach (var check in checks)
        {
            Task<StatementError?> AddAsync(string? path) => transaction.TryAsync($"{Set(path)}{check.Add}", cancellation);
            var error = await UnderPathsAsync(AddAsync, $"CHECK {check.Name}", cancellation);
            if (error is null) continue;
            _broken.Add(new BrokenObject("check constraint", check.Name, error.Message, error.Detail, check.Add)
            {
                Changes = [.. check.Tables.Select(table => (check.Owner, table))],
            });
        }
    }

    private static string Set(string? path) => path is null ? "" : PostgresNames.SetSearchPath(path);

    private ToolFailedException NoRows(ArchiveEntry entry, StatementError error) =>
        new(target, $"The rows of {Table(entry).DisplayName} cannot be brought back: {error.Summary}.", Hint(error));
}
