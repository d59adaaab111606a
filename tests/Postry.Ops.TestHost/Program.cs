using System.Text;
using Postry.Ops.Engine;
using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Catalog;
using Postry.Ops.Engine.Reporting;
using Postry.Ops.Engine.Restoring;

// A child process for tests: runs one engine operation, and can kill itself with SIGKILL at a step of the journal.
//   backup  <root> <database>
//   restore <root> <database> [step]
//   undo    <root> <database> [step]
var settings = OpsSettings.Resolve(null, args[1], Encoding.UTF8.GetBytes("test-key-of-32-bytes-for-children"), Environment.CurrentDirectory);
var engine = new OpsEngine(settings, new Stderr());
switch (args[0])
{
    case "backup":
        Console.WriteLine((await engine.BackUpAsync(new BackupRequest { Path = args[2] })).Id);
        break;
    case "restore":
        var plan = await engine.PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Latest = true }, TargetPath = args[2] });
        Console.Error.WriteLine(plan.Summary);
        var r = await engine.RestoreAsync(plan);
        Console.WriteLine($"{r.Status} {r.RestoreId} {r.Duration} {r.Unavailable} {r.Strategy} {r.DataLoss}");
        break;
    case "undo":
        var undo = await engine.PlanUndoAsync(new RestoreSelector { Latest = true, TargetPath = args[2] });
        Console.Error.WriteLine(undo.Summary);
        Console.WriteLine((await engine.UndoAsync(undo)).Status);
        break;
    case "test":
        var report = await engine.TestAsync(new BackupSelector { Latest = true }, Postry.Ops.Engine.Verifying.VerificationLevel.Restore);
        Console.WriteLine($"{report.Status} {report.Duration}");
        foreach (var c in report.Checks) Console.WriteLine("  " + c);
        break;
}

return 0;

sealed class Stderr : IReporter
{
    public void Progress(OperationProgress progress) { }
    public void Verbose(string message) => Console.Error.WriteLine(message);
    public void Warning(string message) => Console.Error.WriteLine("WARNING " + message);
}
