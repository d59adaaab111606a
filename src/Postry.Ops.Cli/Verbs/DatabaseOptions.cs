using System.CommandLine;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations;

namespace Postry.Ops.Cli.Verbs;

/// <summary>The options by which a verb's caller names a database: a file, or the address of a server's.</summary>
internal sealed class DatabaseOptions
{
    private readonly Option<string> _path;
    private readonly AddressOption _address;
    private readonly Option<string>? _mode;

    /// <summary>Gives the options to a verb and makes it ask for one way at most.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="path">The meaning of --path, as a sentence.</param>
    /// <param name="address">The meaning of --database-url, as a sentence.</param>
    /// <param name="withMode">True if the verb needs a database, so that --mode makes sense.</param>
    public DatabaseOptions(Command verb, string path, string address, bool withMode = false)
    {
        _path = NewOption.Text("--path", "file", path);
        _address = new AddressOption("--database-url", address);
        Option[] ways = [_path, .. _address.All];
        foreach (var way in ways) verb.Add(way);
        verb.Validators.Add(result =>
        {
            if (ways.Count(way => result.GetResult(way) is { Implicit: false }) > 1)
                result.AddError($"Name the database by only one of {string.Join(", ", ways.Select(way => way.Name))}.");
        });
        if (!withMode) return;

        _mode = NewOption.Mode("The database engine that is expected. Default: auto.", DatabaseMode.Sqlite, DatabaseMode.Postgres);
        verb.Add(_mode);
    }

    /// <summary>True where --path or --database-url names the database.</summary>
    public bool Given(ParseResult input) => _address.All.Prepend(_path).Any(way => input.GetResult(way) is { Implicit: false });

    /// <summary>The engine that --mode asks for.</summary>
    public DatabaseMode? Mode(ParseResult input) => _mode is null ? null : NewOption.ModeIn(input, _mode);

    /// <summary>Returns the database that is meant; that of the environment or of postry.json if the options name none.</summary>
    /// <param name="session">The session of the verb.</param>
    /// <param name="input">The arguments.</param>
    /// <param name="name">The name of an entry of postry.json, or null.</param>
    /// <param name="postgresOnly">The options that only PostgreSQL has.</param>
    public ChosenDatabase Choose(Session session, ParseResult input, string? name = null, params Option[] postgresOnly) =>
        new DatabaseChoice
    {
        Name = name,
        Path = PathOf(input),
        Url = _address.Read(input),
        Mode = Mode(input),
        PostgresOnly = [.. from option in postgresOnly where input.GetResult(option) is { Implicit: false } select option.Name],
    }.Choose(session.Engine.Settings);

    /// <summary>Returns the database that the options name; null if they name none.</summary>
    public DatabaseAddress? ResolveIfNamed(Session session, ParseResult input) => Given(input)
        ? Choose(session, input).Address : null;

    private string? PathOf(ParseResult input) =>
        input.GetValue(_path) is { } path ? Path.GetFullPath(DatabaseChoice.RequirePath(path)) : null;
}
