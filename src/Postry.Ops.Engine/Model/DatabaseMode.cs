using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The database engine that a set or a target belongs to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DatabaseMode>))]
public enum DatabaseMode
{
    [JsonStringEnumMemberName("sqlite")] Sqlite,
    [JsonStringEnumMemberName("postgres")] Postgres,

    /// <summary>No database but the runtime files of a repo root.</summary>
    [JsonStringEnumMemberName("runtime")] Runtime,
}

/// <summary>How much of each table's content a backup proves.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FingerprintKind>))]
public enum FingerprintKind
{
    /// <summary>Rows are counted and every row's values are hashed; docs/fingerprint.md has the format.</summary>
    Content,

    /// <summary>PostgreSQL: like Content, and the live tables are hashed as well, inside the snapshot that is dumped; a backup whose
    /// archive differs fails.</summary>
    Live,

    /// <summary>Rows are only counted. Such a set can never be called proven.</summary>
    RowCount,

    /// <summary>Tables are only named. Such a set can never be called proven.</summary>
    None,
}
