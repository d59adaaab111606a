using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Retention;

namespace Postry.Ops.Engine.Tests.Retention;

/// <summary>Sets and cases for the tests of retention.</summary>
internal static class RetentionCases
{
    public static readonly DateTime Now = new(2026, 11, 29, 12, 0, 0, DateTimeKind.Utc);

    public static RetentionCase Case(RetentionPolicy policy, params BackupSet[] sets) =>
        new(sets, policy, TimeZoneInfo.FindSystemTimeZoneById(policy.TimeZone), Now, new Dictionary<string, string>());

    public static BackupSet Set(string id, double hours, BackupStatus status = BackupStatus.Complete) =>
        At(id, Now.AddHours(-hours), status);

    public static BackupSet Pinned(BackupSet set, DateTime? until = null, string? note = null) => set with
    {
        HasPin = true, Pinned = true, PinnedUntil = until, PinNote = note,
    };

    public static BackupSet At(string id, DateTime time, BackupStatus status = BackupStatus.Complete) => new()
    {
        Id = id,
        Database = "app",
        Mode = DatabaseMode.Sqlite,
        SnapshotAt = time,
        BackupFile = $"/b/db/{id}",
        SizeBytes = 50,
        SourceBytes = 100,
        Source = "/srv/app.db",
        SourceIdentity = "/srv/app.db",
        Fingerprint = FingerprintKind.Content,
        Tables = [],
        Duration = TimeSpan.FromSeconds(1),
        Status = status,
        ManifestFile = $"/b/db/{id}.manifest.json",
    };
}
