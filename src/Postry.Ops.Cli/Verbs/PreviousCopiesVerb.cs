using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry previous-copies`: lists what restores have kept, and removes what is old.</summary>
internal sealed class PreviousCopiesVerb : Verb
{
    private readonly DatabaseOptions _database;
    private readonly Option<TimeSpan?> _olderThan = NewOption.Duration("--older-than", "Select only copies older than this.");
    private readonly Option<string> _id =
        NewOption.Text("--id", "id", "Select only copies that the restore with this id, or its undo has kept.").WithRestoreIds();
    private readonly Option<bool> _remove = NewOption.Flag("--remove", "Remove the copies. Needs --older-than or --id.");
    private readonly Option<bool> _force = NewOption.Flag("--force", "Do not ask before removing.");

    public PreviousCopiesVerb()
        : base("previous-copies", "List the copies of databases that restores and undos have kept, oldest first; or remove old ones.")
    {
        _database = new DatabaseOptions(this, "Select only copies of this SQLite database, or of the runtime files of this repo root.",
            "Select only copies of this PostgreSQL database. To remove copies on a server without this option, set DATABASE_URL.");
        Add(_olderThan);
        Add(_id);
        Add(_remove);
        Add(_force);
        Add(CommonOptions.WaitTimeout);
        Validators.Add(result =>
        {
            var removes = result.GetResult(_remove) is { Implicit: false };
            if (removes && result.GetResult(_olderThan) is null && result.GetResult(_id) is null)
                result.AddError("--remove needs --older-than, for example --older-than 7d, or --id with the id of a restore.");
        });
    }

    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var database = _database.ResolveIfNamed(session, input);
        var consent = input.GetValue(_remove)
            ? Consent.For(database?.Name ?? session.Engine.Settings.BackupRoot, input.GetValue(_force))
            : null;

        IReadOnlyList<PreviousCopy> copies = [
            .. session.Engine.ListPreviousCopies(database).Where(IsOld(input.GetValue(_olderThan)))
                .Where(copy => input.GetValue(_id) is not { } id || copy.RestoreId == id),
        ];
        if (copies.Count == 0 && input.GetValue(_id) is { } unknown)
            throw PreviousCopy.NoneOf(unknown);
        if (consent is not null && copies.Count > 0)
        {
            await consent.ObtainAsync(session.Reporter, Question(copies), session.Cancellation);
            var removed = new List<PreviousCopy>();
            foreach (var copy in copies)
                removed.Add(await session.Engine.RemovePreviousCopyAsync(copy, database as PostgresAddress, session.Cancellation));
            copies = removed;
        }

        session.Show(copies, () => ResultJson.Instance.IReadOnlyListPreviousCopy, RestoreText.Copies);
        return ExitCode.Done;
    }

    private static Func<PreviousCopy, bool> IsOld(TimeSpan? age)
    {
        var limit = DateTime.UtcNow - age;
        return copy => limit is null || copy.TakenAt < limit;
    }

    private static string Question(IReadOnlyList<PreviousCopy> copies)
    {
        var list = string.Join('\n', copies.Select(copy => $"  {Units.Time(copy.TakenAt)}  {Units.Bytes(copy.SizeBytes)}  {copy.Path}"));
        return $"This removes {copies.Count} kept copies for good; the restores that made them can then not be undone:\n{list}";
    }
}
