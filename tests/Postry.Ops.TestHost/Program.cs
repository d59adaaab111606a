using System.Globalization;
using Postry.Ops.TestHost;

// A child process for tests: works with the engine as an operator's shell would, or uses a database as an application would.
// Words of the form key=value are options; the verbs say which they know.
//   backup   <root> <database>     kill= pause= fingerprint=
//   restore  <root> <database>     kill= pause= id= runtime= preswapsmoke=
//   undo     <root> <database>     kill= pause=
//   complete <root> <database>     kill=
//   test     <root> <server>       id= kill= pause=
//   drill    <root> <database>     scratch= folder= kill= pause=
//   remove   <root> <database>     id= kill=
//   prune    <root> <database>     kill=
//   copy     <root> <database>     id= to= kill=
//   writer   <database>            first=
//   reader   <database>
//   evidence <root>                count=
//   scratch  <folder>
//   tool     <path>
//   history  <root>
//   matrix   <folder>
//   hold     <path>
// Another name than its own makes the program for Windows a stand-in for the client program of PostgreSQL that has this name.
if (OperatingSystem.IsWindows() && Path.GetFileName(Environment.ProcessPath) != "Postry.Ops.TestHost.exe")
    return await ClientStandIn.RunAsync(args);
var words = args.Where(word => !word.Contains('=')).ToArray();
var options = args.Where(word => word.Contains('=')).Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
return words[0] switch
{
    "writer" => new BankWriter(words[1], long.Parse(options.GetValueOrDefault("first", "1"), CultureInfo.InvariantCulture)).Run(),
    "evidence" => EvidenceVerb.Run(words[1], options.GetValueOrDefault("count")),
    "scratch" => await ScratchVerb.RunAsync(words[1]),
    "tool" => await ToolVerb.RunAsync(words[1]),
    "history" => HistoryVerb.Run(words[1]),
    "matrix" => await KillMatrixVerb.RunAsync(words[1]),
    "hold" => HoldVerb.Run(words[1]),
    "reader" => new BankReader(words[1]).Run(),
    _ => await new EngineVerbs(words[1], words[2], options).RunAsync(words[0]),
};
