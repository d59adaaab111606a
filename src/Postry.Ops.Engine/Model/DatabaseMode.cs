using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Model;

/// <summary>The database engine that a set or a target belongs to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DatabaseMode>))]
public enum DatabaseMode : long
{
    [JsonStringEnumMemberName("sqlite")] Sqlite,
    [JsonStringEnumMemberName("postgres")] Postgres,

    /// <summary>The runtime files of a repo root, without a database.</summary>
    [JsonStringEnumMemberName("runtime")] Runtime,
}

/// <summary>The amount of each table's content that a backup proves.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FingerprintKind>))]
public enum FingerprintKind : long
{
    /// <summary>Rows are counted and every row's values are hashed; docs/fingerprint.md has the format.</summary>
    Content,

    /// <summary>PostgreSQL: like Content, and the live tables are hashed as well, inside the snapshot that is dumped; a backup whose
    /// archive differs fails.</summary>
    Live,

    /// <summary>The rows are only counted. A set of this kind can never be called proven.</summary>
    RowCount,

    /// <summary>The tables are only named. A set of this kind can never be called proven.</summary>
    None,
}
