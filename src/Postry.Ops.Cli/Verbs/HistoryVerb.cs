using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry history`: the finished operations of the backup root, newest first, each line checked.</summary>
internal sealed class HistoryVerb : Verb
{
    private readonly Option<string> _database =
        NewOption.Text("--database", "name", "List only operations on this database; * and ? are wildcards.").WithDatabases();

    private readonly Option<string[]> _operation = NewOption.Texts("--operation", "name", "List only this operation, for example Backup.");

    private readonly Option<HistoryResult?> _result = NewOption.Choice<HistoryResult>("--result", "List only operations with this result.",
        ("Succeeded", HistoryResult.Succeeded), ("Failed", HistoryResult.Failed), ("Inconclusive", HistoryResult.Inconclusive));

    private readonly Option<string> _backupId =
        NewOption.Text("--backup-id", "id", "List only operations that have to do with this backup.").WithBackupIds();

    private readonly Option<DateTime?> _after = NewOption.Time("--after", "List only operations that ended at or after this time.");
    private readonly Option<DateTime?> _before = NewOption.Time("--before", "List only operations that ended before this time.");

    private readonly Option<int?> _last = NewOption.Number("--last", 1, int.MaxValue,
        $"List at most so many, the newest. Without it, text shows the newest {HistoryTable.UsualRows}, and JSON all.");

    public HistoryVerb()
        : base("history", "List what was done in the backup root, newest first. Exit code 3 if a line was changed, removed or forged.")
    {
        Add(_database);
        Add(_operation);
        Add(_result);
        Add(_backupId);
        Add(_after);
        Add(_before);
        Add(_last);
        _operation.CompletionSources.Add([.. HistoryEntry.Operations]);
        _operation.Validators.Add(result =>
        {
            var given = result.Tokens.Select(token => token.Value);
            foreach (var name in given.Except(HistoryEntry.Operations, StringComparer.OrdinalIgnoreCase))
                result.AddError($"There is no operation '{name}'. Operations: {string.Join(", ", HistoryEntry.Operations)}.");
        });
    }

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var last = input.GetValue(_last);
        var report = session.Engine.History(new HistoryQuery
        {
            Database = input.GetValue(_database),
            Operations = NewOption.Given(input, _operation),
            Result = input.GetValue(_result),
            BackupId = input.GetValue(_backupId),
            After = input.GetValue(_after),
            Before = input.GetValue(_before),
            Last = last,
        });
        session.Show(report, () => ResultJson.Instance.HistoryReport, (writer, found) => HistoryTable.Write(writer, found, last));
        return Task.FromResult(HistoryReport.IsDoubtful(report) ? ExitCode.NotProven : ExitCode.Done);
    }
}
