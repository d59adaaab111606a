using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry pin`: keeps a set from every policy and every removal.</summary>
internal sealed class PinVerb : Verb
{
    private readonly PinnedBackup _backup;
    private readonly Option<DateTime?> _until = NewOption.Time("--until", "The end of the pin. Default: none.");
    private readonly Option<string> _note = NewOption.Text("--note", "text", "Why the backup is kept, for those who find it later.");

    public PinVerb() : base("pin", "Pin a backup: no policy and no other removal takes it.")
    {
        _backup = new PinnedBackup(this);
        Add(_until);
        Add(_note);
    }

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input) => PinnedBackup.SetAsync(session, new PinRequest
    {
        Backup = _backup.Selector(input),
        Until = input.GetValue(_until),
        Note = input.GetValue(_note),
    });
}

/// <summary>`postry unpin`: gives a set back to the rules.</summary>
internal sealed class UnpinVerb : Verb
{
    private readonly PinnedBackup _backup;

    public UnpinVerb() : base("unpin", "Remove the pin of a backup. The rules of retention apply to it again.") =>
        _backup = new PinnedBackup(this);

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input) =>
        PinnedBackup.SetAsync(session, new PinRequest { Backup = _backup.Selector(input), Pinned = false });
}

/// <summary>The one backup that pin and unpin are about.</summary>
internal sealed class PinnedBackup
{
    private readonly Argument<string?> _id = new Argument<string?>("id")
    {
        Description = "The backup's id.",
        Arity = ArgumentArity.ZeroOrOne,
    }.WithBackupIds();

    private readonly Option<string> _file = NewOption.Text("--backup-file", "file",
        "The backup's file or folder, or its manifest, in the backup root; for one that has no id, because it cannot be read.");

    /// <summary>Gives the argument and the option to a verb.</summary>
    public PinnedBackup(Command verb)
    {
        verb.Add(_id);
        verb.Add(_file);
        verb.Validators.Add(result =>
        {
            if (result.GetResult(_id) is { Tokens.Count: > 0 } == result.GetResult(_file) is { Implicit: false })
                result.AddError($"Name the backup: postry {verb.Name} <id>, or with --backup-file.");
        });
    }

    /// <summary>The selector that they make.</summary>
    public BackupSelector Selector(ParseResult input) => new()
    {
        Id = input.GetValue(_id),
        BackupFile = input.GetValue(_file) is { } file ? Path.GetFullPath(file) : null,
    };

    /// <summary>Sets or removes the pin, and shows the set as it is then.</summary>
    public static async Task<ExitCode> SetAsync(Session session, PinRequest request)
    {
        var set = await session.Engine.PinAsync(session.Engine.PlanPin(request), session.Cancellation);
        session.Show(set, () => ResultJson.Instance.BackupSet, BackupText.Pin);
        return ExitCode.Done;
    }
}
