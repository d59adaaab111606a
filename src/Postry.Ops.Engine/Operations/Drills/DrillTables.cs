using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Verification;

namespace Postry.Ops.Engine.Operations.Drills;

/// <summary>The tables of evidence, from the checks of a restored database.</summary>
internal static class DrillTables
{
    /// <summary>One entry for each table that the checks of the restored database compared.</summary>
    public static IEnumerable<DrillTable> Of(IEnumerable<Check> checks) =>
        from check in checks
        where TrialRestore.IsOfRestored(check)
        let table = check.Table
        where table is not null
        select new DrillTable((table.Expected ?? table.Found)!.Name, table.Expected?.Rows, table.Found?.Rows,
            table.Expected?.Fingerprint, table.Found?.Fingerprint, check.Status);
}
