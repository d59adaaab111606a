using System.CommandLine;
using Postry.Ops.Cli.Terminal;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry unlock`: removes the lock that a process on another host left on the backup root.</summary>
internal sealed class UnlockVerb() : Verb("unlock",
    "Remove the locks that dead processes on another host left on the backup root, on restore drills and on jobs.")
{
    protected override async Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        var owner = await session.Engine.UnlockBackupRootAsync(session.Cancellation);
        var result = new UnlockResult(session.Engine.Settings.BackupRoot, owner is not null, owner);
        session.Show(result, () => ConsoleJson.Instance.UnlockResult, (writer, done) =>
            writer.WriteLine(Printable.Line(done.Unlocked ? $"Removed the lock of {done.Lock}." : $"No lock is on {done.BackupRoot}.")));
        return ExitCode.Done;
    }
}
