using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Cli.Verbs;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Cli.Demo;

/// <summary>A part of `postry sample` that people use. It works on one file, and reads no postry.json.</summary>
internal abstract class SamplePartVerb : Verb
{
    private readonly Option<string> _path;

    protected SamplePartVerb(string name, string description, string pathDescription) : base(name, description)
    {
        _path = NewOption.Text("--path", "path", pathDescription, required: true);
        Add(_path);
    }

    protected override OpsSettings Settings(ParseResult input) => CommonOptions.Settings(input, readFile: false);

    protected string Database(ParseResult input) => Path.GetFullPath(input.GetRequiredValue(_path));

    /// <summary>The database, which must be a sample: no other data is changed, whatever its tables are called.</summary>
    protected string Sample(ParseResult input)
    {
        var path = Database(input);
        if (SampleDatabase.IsSample(path)) return path;
        throw new NotADatabaseException(path, $"{path} is not a database that 'postry sample make' made.",
            "Make one in a new file: postry sample make --path FILE");
    }
}

/// <summary>`postry sample make`.</summary>
internal sealed class SampleMakeVerb : SamplePartVerb
{
    private const int DefaultPosts = 25_000;

    private readonly Option<int?> _posts =
        NewOption.Number("--posts", 1_000, 10_000_000, $"Rows of the largest table. Default: {DefaultPosts}.");

    public SampleMakeVerb() : base("make", "Make a SQLite database with users and posts.", "The new file.") => Add(_posts);

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var path = Database(input);
        if (Path.Exists(path)) throw new DestinationExistsException(path, $"{path} exists already.", "Name a new file: --path FILE");
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new SourceNotFoundException(path, $"There is no folder for {path}.",
                "Make the folder first, or name another: --path FILE");
        }

        SampleDatabase.Make(path, input.GetValue(_posts) ?? DefaultPosts);
        session.Show(SampleDatabase.Facts(path, null), () => ConsoleJson.Instance.SampleFacts, (writer, facts) =>
            writer.WriteLine($"{Printable.Line(Path.GetFileName(path))}: {DemoText.Sample(facts, new FileInfo(path).Length)}"));
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary>`postry sample damage`.</summary>
internal sealed class SampleDamageVerb()
    : SamplePartVerb("damage", "Do to a sample database what a bad clean-up script does.", "A database that 'postry sample make' made.")
{
    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var path = Sample(input);
        SampleDatabase.Damage(path);
        session.Show(SampleDatabase.Facts(path, null), () => ConsoleJson.Instance.SampleFacts, (writer, _) =>
            writer.WriteLine($"{Printable.Line(Path.GetFileName(path))}: {DemoText.Damage}"));
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary>`postry sample run`.</summary>
internal sealed class SampleRunVerb : SamplePartVerb
{
    private static readonly TimeSpan s_default = TimeSpan.FromMinutes(5);

    private readonly Option<TimeSpan?> _for = NewOption.Duration("--for",
        "How long the application runs; Ctrl+C ends it earlier. Default: 5m.", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));

    public SampleRunVerb()
        : base("run", "Run an application that keeps a sample database open and commits all the time.",
            "A database that 'postry sample make' made.") => Add(_for);

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var report = SampleWriter.RunFor(Sample(input), input.GetValue(_for) ?? s_default, session.Cancellation);
        session.Show(report, () => ConsoleJson.Instance.WriterReport, (writer, done) => writer.WriteLine(
            $"{Units.Count(done.Commits)} commits, none failed; the longest took {Units.Duration(done.Longest)}"));
        return Task.FromResult(ExitCode.Done);
    }
}
