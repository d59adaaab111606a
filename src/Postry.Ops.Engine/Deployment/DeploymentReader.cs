using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Deployment;

/// <summary>Reads which version of the application lies in the repo root. A backup never fails for it: what cannot be read is said in
/// detail, and left out.</summary>
internal sealed class DeploymentReader(OpsSettings settings, IOperationObserver observer)
{
    /// <summary>The version; null where there is no sign of any.</summary>
    public DeployedVersion? Read()
    {
        var checkout = Tried("The commit of git", () => GitCheckout.Of(settings.RepoRoot));
        var problems = new List<string>();
        var images = Tried("The images of the compose file", () => new ComposeImages(settings).Read(problems)) ?? [];
        foreach (var problem in problems) observer.Detail(problem);
        return checkout is { Commit: not null } || images.Count > 0
            ? new DeployedVersion(checkout?.Commit, checkout?.Commit is null ? null : checkout.Branch, checkout?.Tags ?? [], images) : null;
    }

    // The files are those of other programs, and may hold anything.
    private T? Tried<T>(string what, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e)
        {
            observer.Detail($"{what} was not recorded: {Sentence.End(e.Message)}");
            return null;
        }
    }
}
