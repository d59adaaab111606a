using System.Globalization;
using Postry.Ops.Benchmarks;

// Whole operations beside the stock tools that do the same, alternating in one run; ratios of medians are what counts.
//   dotnet run -c Release --project tests/Postry.Ops.Benchmarks -- all [--size-mb 1024] [--rounds 3] [--folder F]
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
var verb = args.FirstOrDefault() ?? "all";
if (verb == "child") return await Child.RunAsync(args[1..]);
if (verb == "reader") return Reader.Run(args[1], args[2]);
var folder = Path.GetFullPath(Option("--folder") ?? Path.Combine(Path.GetTempPath(), "postry-benchmarks"));
var megabytes = long.Parse(Option("--size-mb") ?? "1024", CultureInfo.InvariantCulture);
var rounds = int.Parse(Option("--rounds") ?? "3", CultureInfo.InvariantCulture);
Directory.CreateDirectory(folder);
var suite = new Suite(folder, megabytes, rounds);
if (verb is "all" or "backup") suite.Backup();
if (verb is "all" or "restore") suite.Restore();
if (verb is "all" or "readers") suite.Readers();
if (verb is "all" or "list") suite.List();
if (verb is "all" or "postgres") new PostgresSuite(folder, megabytes, rounds).Run();
if (verb is "scale")
{
    new ScaleSuite(folder, Option("--console") ?? "postry", int.Parse(Option("--sets") ?? "10000", CultureInfo.InvariantCulture), rounds)
        .Run(Option("--module"));
}

if (verb is "small") new SmallSuite(folder, Option("--console") ?? "postry", rounds).Run();
if (verb is "all" or "import") suite.Import(Option("--module"));
return 0;

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;
