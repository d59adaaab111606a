using System.CommandLine;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry restore-runtime`: restores the runtime files of a backup to the repo root, without its database.</summary>
internal sealed class RestoreRuntimeVerb() : RestoringVerb(
    "restore-runtime", "Restore the runtime files of a backup to the repo root, without its database; the replaced files are kept.",
    "Allow the runtime files of another repo root.", ofFiles: true)
{
    protected override RestoreRequest Request(Session session, ParseResult input, BackupSelection backup)
    {
        var hooks = new RestoreHooks { BeforeSwap = BeforeSwap(input), AfterSwap = AfterSwap(input) };
        return new RestoreRequest
        {
            Backup = backup.Selector(session, input),
            Target = new RuntimeAddress(session.Engine.Settings.RepoRoot),
            Hooks = HookTimeout(input) is { } timeout ? hooks with { Timeout = timeout } : hooks,
        };
    }
}
