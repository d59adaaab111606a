using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;
using Postry.Ops.WindowsHost;

// Runs a script with the arguments after it, and says what it writes; an error that ends the script is exit code 1.
// Answers are given to its questions in the order of ANSWERS, each the label of a choice; without any the host is not interactive.
// The SDK brings its modules along, and does not look for them there.
Environment.SetEnvironmentVariable("PSModulePath", Path.Combine(AppContext.BaseDirectory, "runtimes", "win", "lib", "net10.0", "Modules"));
var initial = InitialSessionState.CreateDefault2();
initial.ExecutionPolicy = ExecutionPolicy.Bypass;
var answers = (Environment.GetEnvironmentVariable("ANSWERS") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
var host = new ScriptHost(new ScriptUserInterface(answers));
using var runspace = RunspaceFactory.CreateRunspace(host, initial);
runspace.Open();
using var shell = PowerShell.Create(runspace);
shell.AddCommand(args[0]);
foreach (var argument in args[1..]) shell.AddArgument(argument);
shell.AddCommand("Out-Default").Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
try
{
    shell.Invoke();
    return 0;
}
catch (RuntimeException e)
{
    Console.Error.WriteLine($"{e.ErrorRecord.FullyQualifiedErrorId}: {e.Message}\n{e.ErrorRecord.ScriptStackTrace}");
    return 1;
}
