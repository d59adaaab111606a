using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Addresses;

/// <summary>The runtime files of a repo root: what git does not hold and a host needs to come back.</summary>
/// <param name="Root">Full or relative path of the repo root.</param>
public sealed record RuntimeAddress(string Root) : DatabaseAddress
{
    /// <inheritdoc/>
    public override DatabaseMode Mode => DatabaseMode.Runtime;

    /// <summary>The full path with every link resolved: what locks and identities go by.</summary>
    public override string Name => Files.RealPath(Root);
}
