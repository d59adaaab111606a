using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Retention;

/// <summary>All that a decision on retention depends on.</summary>
/// <param name="Sets">Every backup of the backup root, in any order.</param>
/// <param name="Policy">The rules.</param>
/// <param name="Zone">The time zone whose hours, days, weeks, months and years are counted.</param>
/// <param name="Now">The time of the decision, in UTC. It only tells which backups lie in the future.</param>
/// <param name="Needed">Ids of backups that a restore still needs, with the reason.</param>
internal sealed record RetentionCase(IReadOnlyList<BackupSet> Sets, RetentionPolicy Policy, TimeZoneInfo Zone, DateTime Now,
    IReadOnlyDictionary<string, string> Needed);
