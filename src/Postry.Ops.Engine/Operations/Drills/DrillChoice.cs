using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Drills;

/// <summary>The one place that makes the request of a drill of a database that a caller has chosen.</summary>
public static class DrillChoice
{
    private const string Label = "restore drill";

    /// <summary>A drill with a fresh backup of a database, or with its newest good one.</summary>
    /// <param name="database">The database.</param>
    /// <param name="name">The logical name that the caller gives, or null.</param>
    /// <param name="latest">True for the newest good backup that exists. That of an entry of postry.json is found without its
    /// server.</param>
    /// <param name="common">The rest of the request.</param>
    public static DrillRequest Of(ChosenDatabase database, string? name, bool latest, DrillRequest common) => latest
        ? common with
        {
            Backup = new BackupSelector { Latest = true, Database = database.Entry?.Name ?? name },
            Source = database.Entry is null ? database.Address : null,
            Entry = database.Entry?.Name,
        }
        : common with
        {
            Fresh = new BackupRequest
            {
                Source = database.Address,
                Database = database.BackupName(name),
                Label = Label,
                Postgres = database.Options(null, null, null, null),
            },
            Entry = database.Entry?.Name,
        };
}
