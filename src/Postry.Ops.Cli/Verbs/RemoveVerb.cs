using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry remove`: removes one set whole.</summary>
internal sealed class RemoveVerb : Verb
{
    private readonly Option<string> _id = NewOption.Text("--id", "id", "The backup's id.").WithBackupIds();
    private readonly Option<string> _file = NewOption
        .Text("--backup-file", "file", "The backup's file or folder, or its manifest, in the backup root.");
    private readonly Option<bool> _force = NewOption.Flag("--force", "Skip the prompt; safety checks still apply.");
    private readonly Option<bool> _whatIf = NewOption.Flag("--what-if", "Only show what would be removed.");

    private readonly Option<bool> _allowLast =
        NewOption.Flag("--allow-last", "Remove the backup even if no good backup of the database is left afterwards.");

    public RemoveVerb() : base("remove", "Remove a backup completely: the database with the runtime files that belong to it.")
    {
        Add(_id);
        Add(_file);
        Add(_force);
        Add(_allowLast);
        Add(_whatIf);
        Add(CommonOptions.WaitTimeout);
        Validators.Add(result =>
        {
            if (new Option[] { _id, _file }.Count(way => result.GetResult(way) is { Implicit: false }) != 1)
                result.AddError("Choose the backup by exactly one of --id, --backup-file.");
        });
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var file = input.GetValue(_file);
        var consent = input.GetValue(_whatIf) ? null : Consent.For(input.GetValue(_id) ?? file!, input.GetValue(_force));
        var plan = session.Engine.PlanRemoval(new BackupSelector { Id = input.GetValue(_id), BackupFile = file is null ? null
            : Path.GetFullPath(file) });
        if (consent is not null)
        {
            if (!input.GetValue(_allowLast)) session.Engine.RequireOtherBackups([plan]);
            await consent.ObtainAsync(session.Reporter, plan.Summary, session.Cancellation);
            plan = await session.Engine.RemoveBackupAsync(plan, input.GetValue(_allowLast), session.Cancellation);
        }

        session.Show(plan, () => ResultJson.Instance.RemovalPlan, BackupText.Removal);
        return ExitCode.Done;
    }
}
