using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>The checks that ask a database or the backups.</summary>
internal static class DataChecks
{
    /// <summary>The configured checks, one for each database that a check is for. A check for another database than the one that is asked
    /// for is left out, and of a copy so is the age of backups; one whose database is not known is there, and says so when it is
    /// asked.</summary>
    public static IEnumerable<ISmokeCheck> Of(SmokeChecks configured, SmokeTargets targets) =>
    [
        .. configured.Sql.SelectMany(check => DataTarget.Of(check.Database, targets),
            (check, target) => new QueryCheck(check, target, targets)),
        .. configured.Tables.SelectMany(check => DataTarget.Of(check.Database, targets),
            (check, target) => new PresentTableCheck(check, target, targets)),
        .. configured.Freshness.Where(check => !check.Backup || targets.StandsFor is null).SelectMany(
            check => DataTarget.Of(check.Database, targets),
            (check, target) => new AgeCheck(check, target, targets)),
    ];
}
