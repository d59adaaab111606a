using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry copy`: copies backups to other folders of backups.</summary>
internal sealed class CopyVerb : Verb
{
    private readonly Option<bool> _all = NewOption.Flag("--all", "Copy every backup; with --database every backup of that database.");

    private readonly Option<string[]> _to = NewOption.Texts("--to", "folder",
        "A folder, or the name of a destination in postry.json. Default: all destinations of postry.json.").WithDestinations();

    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only show what would be copied.");
    private readonly BackupSelection _backup;

    public CopyVerb() : base("copy", "Copy backups to another folder, read them back, and publish each whole. The folder is a backup root.")
    {
        _backup = new BackupSelection(this, withArgument: true, others: _all);
        Add(_to);
        Add(_whatIf);
        Add(CommonOptions.WaitTimeout);
    }

    protected override ConfigurationSections Needs(ParseResult input) =>
        NewOption.Given(input, _to) is null ? ConfigurationSections.Destinations : ConfigurationSections.None;

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var destinations = session.Engine.FindDestinations(NewOption.Given(input, _to), Path.GetFullPath);
        var backups = Backups(session, input);
        if (input.GetValue(_whatIf))
        {
            session.Show(await EachAsync(backups, destinations, (backup, to) =>
                session.Engine.PlanCopyAsync(backup, to, session.Cancellation)), () => ResultJson.Instance.IReadOnlyListCopyPlan,
                CopyText.Plans);
            return ExitCode.Done;
        }

        var copies = await EachAsync(backups, destinations, (backup, to) =>
            session.Engine.CopyBackupAsync(backup, to, session.Cancellation));
        session.Show(copies, () => ResultJson.Instance.IReadOnlyListBackupCopy, CopyText.Copies);
        return CopyText.Judge(session, copies);
    }

    private IReadOnlyList<BackupSelector> Backups(Session session, ParseResult input) => input.GetValue(_all)
        ? [.. session.Engine.ListBackups(new BackupQuery { Database = _backup.Database(input) }).Reverse()
            .Select(set => new BackupSelector { BackupFile = set.ManifestFile })]
        : [_backup.Selector(session, input)];

    private static async Task<IReadOnlyList<T>> EachAsync<T>(IReadOnlyList<BackupSelector> backups,
        IReadOnlyList<CopyDestination> destinations, Func<BackupSelector, CopyDestination, Task<T>> work)
    {
        var results = new List<T>();
        foreach (var backup in backups)
            foreach (var to in destinations) results.Add(await work(backup, to));
        return results;
    }
}
