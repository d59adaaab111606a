using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations;
using Postry.Ops.Formatting;

namespace Postry.Ops.Completion;

/// <summary>
/// The base of the completers of what a PostgreSQL database holds, as the newest backup of that database tells: a completer that asked the
/// server could make the prompt wait. A whole backup knows more than one that a scope has narrowed.
/// </summary>
internal abstract class ScopeCompleter : CatalogCompleter
{
    private protected static IReadOnlyList<TableContent> Tables(OpsEngine engine, TypedCommand typed)
    {
        var source = Source(engine, typed);
        var ofDatabase = engine.SuggestBackups(new SuggestedBackups
        {
            Mode = DatabaseMode.Postgres,
            IsMeant = set => set.Tables.Count > 0 && (source is null
                ? typed.Database is null || set.Database.Equals(typed.Database, StringComparison.OrdinalIgnoreCase)
                : set.Source == source),
        });
        return (ofDatabase.FirstOrDefault(set => set.Scope is null) ?? ofDatabase.FirstOrDefault())?.Tables ?? [];
    }

    /// <summary>The schema of a table, as names are written for pg_dump.</summary>
    private protected static string SchemaOf(TableContent table)
    {
        var name = table.Name;
        var end = name.StartsWith('"') ? name.IndexOf("\".", 1, StringComparison.Ordinal) + 1 : name.IndexOf('.', StringComparison.Ordinal);
        return end > 0 ? name[..end] : name;
    }

    private static string? Source(OpsEngine engine, TypedCommand typed)
    {
        var settings = engine.Settings;
        try
        {
            // The error for a database that nothing names looks for files, which takes its time.
            if (typed.DatabaseUrl is null && !new DatabaseEntries(settings).Any) return settings.DefaultAddress()?.Name;
            return new DatabaseChoice { Url = typed.DatabaseUrl, Name = typed.Database }.Choose(settings).Address.Name;
        }
        catch (OpsException)
        {
            return null;
        }
    }
}

/// <summary>Suggests schemas.</summary>
internal sealed class SchemaCompleter : ScopeCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        from table in Tables(engine, typed)
        group table by SchemaOf(table) into schema
        orderby schema.Key
        select (schema.Key, $"{schema.Count()} tables, {DisplayFormat.Count(schema.Sum(table => table.Rows ?? 0))} rows");
}

/// <summary>Suggests tables.</summary>
internal sealed class TableCompleter : ScopeCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        from table in Tables(engine, typed)
        select (table.Name, table.Rows is null ? "rows not counted" : $"{DisplayFormat.Count(table.Rows)} rows");
}
