using System.CommandLine;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>The options by which a verb's caller points at one restore.</summary>
internal sealed class RestoreSelection
{
    private readonly Option<string> _id = NewOption.Text("--id", "id", "The restore's id, as `postry restores` lists it.").WithRestoreIds();
    private readonly Option<bool> _latest = NewOption.Flag("--latest", "Select the newest restore.");
    private readonly DatabaseOptions _database;

    /// <summary>Gives the options to a verb and makes it refuse more than one way to choose.</summary>
    public RestoreSelection(Command verb)
    {
        verb.Add(_id);
        verb.Add(_latest);
        _database =
            new DatabaseOptions(verb, "The SQLite database that was restored, or the repo root whose runtime files were restored alone.",
            "Address of the server of a PostgreSQL database, and with --latest of the database. Default: DATABASE_URL.");
        verb.Validators.Add(result =>
        {
            var byId = result.GetResult(_id) is not null;
            var byLatest = result.GetResult(_latest) is { Implicit: false };
            if (byId && byLatest) result.AddError("Choose the restore by exactly one of --id, --latest.");
        });
    }

    /// <summary>The restore that the options name, for an error's target.</summary>
    public string Target(ParseResult input) => input.GetValue(_id) ?? "the latest restore";

    /// <summary>The selector that the options make. Without a choice the error lists the newest restores.</summary>
    public RestoreSelector Selector(Session session, ParseResult input)
    {
        if (input.GetValue(_id) is null && !input.GetValue(_latest))
            throw Choices.RestoreNotNamed(session.Engine.ListRestores(), session.Engine.Settings.BackupRoot);
        var database = _database.ResolveIfNamed(session, input);
        return new RestoreSelector
        {
            RestoreId = input.GetValue(_id),
            Latest = input.GetValue(_latest),
            // A restore that is named by its id may have been made through another address of the same server.
            Target = input.GetValue(_latest) || database is not PostgresAddress ? database : null,
            Connection = database as PostgresAddress,
        };
    }
}
