namespace Postry.Ops.Engine.Tests.Crashes;

/// <summary>The states of the target when a restore begins. Each state leads to a swap of its own kind.</summary>
public enum Scenario
{
    /// <summary>A database in WAL mode, part of whose data is only in its log.</summary>
    Wal,

    /// <summary>A database with a rollback journal.</summary>
    Rollback,

    /// <summary>A database in WAL mode, with another page size than the backup.</summary>
    OtherPageSize,

    /// <summary>There is no database, but the log of one that is gone.</summary>
    New,

    /// <summary>A database whose header is destroyed, with its log.</summary>
    Destroyed,
}
