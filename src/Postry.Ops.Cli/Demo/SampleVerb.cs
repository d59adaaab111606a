using System.CommandLine;
using System.IO.Compression;
using System.Text.Json;
using Postry.Ops.Cli.Terminal;

namespace Postry.Ops.Cli.Demo;

/// <summary>
/// `postry sample`: a small application to try the other commands on. Its parts use nothing of the engine but errors; those that
/// only the demonstration needs are hidden from help.
/// </summary>
internal sealed class SampleVerb : Command
{
    public const string VerbName = "sample";

    private readonly Option<string> _path = new("--path") { Required = true };
    private readonly Option<string> _other = new("--against");
    private readonly Option<string> _artefact = new("--artefact");

    public SampleVerb() : base(VerbName, "Make a sample database to try the other commands on, damage it, or run an application on it.")
    {
        Add(new SampleMakeVerb());
        Add(new SampleDamageVerb());
        Add(new SampleRunVerb());
        Add(Part("write", input => SampleWriter.Run(Database(input), Console.In, Console.Out)));
        Add(Part("unpack", input => Unpack(input.GetRequiredValue(_artefact), Database(input)), _artefact));
        Add(Part("facts", input => Print(SampleDatabase.Facts(Database(input), input.GetValue(_other))), _other));
    }

    private string Database(ParseResult input) => input.GetRequiredValue(_path);

    private Command Part(string name, Action<ParseResult> action, params Option[] options)
    {
        var part = new Command(name) { _path };
        part.Hidden = true;
        foreach (var option in options) part.Add(option);
        part.SetAction(action);
        return part;
    }

    private static void Unpack(string artefact, string database)
    {
        using var unpacked = new GZipStream(File.OpenRead(artefact), CompressionMode.Decompress);
        using var file = File.Create(database);
        unpacked.CopyTo(file);
    }

    private static void Print(SampleFacts facts) =>
        Console.Out.WriteLine(JsonSerializer.Serialize(facts, ConsoleJson.Instance.SampleFacts));
}
