using System.CommandLine;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Restoring;

namespace Postry.Ops.Cli.Verbs;

/// <summary>The options by which a verb's caller points at one restore.</summary>
internal sealed class RestoreSelection
{
    private readonly Option<string> _id = NewOption.Text("--id", "id", "The restore's id, as `postry restores` lists it.");
    private readonly Option<bool> _latest = NewOption.Flag("--latest", "The newest restore.");
    private readonly Option<string> _path = NewOption.Text("--path", "file", "The database that was restored.");

    /// <summary>Gives the options to a verb and makes it ask for exactly one way to choose.</summary>
    public RestoreSelection(Command verb)
    {
        verb.Add(_id);
        verb.Add(_latest);
        verb.Add(_path);
        verb.Validators.Add(result =>
        {
            var byId = result.GetResult(_id) is not null;
            var byLatest = result.GetResult(_latest) is { Implicit: false };
            if (byId == byLatest)
            {
                result.AddError("Choose the restore by exactly one of --id, --latest.");
            }
        });
    }

    /// <summary>What the options name, for an error's target.</summary>
    public string Target(ParseResult input) => input.GetValue(_path) ?? input.GetValue(_id) ?? "the latest restore";

    public RestoreSelector Selector(ParseResult input) => new()
    {
        RestoreId = input.GetValue(_id),
        Latest = input.GetValue(_latest),
        Target = input.GetValue(_path) is { } path ? new SqliteAddress(Path.GetFullPath(path)) : null,
    };
}
