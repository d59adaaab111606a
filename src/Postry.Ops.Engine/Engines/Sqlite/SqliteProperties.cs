using System.Globalization;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>
/// The values in the header of a database that its application uses. How the file is stored (page size, journal mode, auto-vacuum) does not
/// belong to the contents, and is left out.
/// </summary>
internal static class SqliteProperties
{
    private const string NotInManifest = "the manifest of the backup does not say";

    private static readonly string[] Names = ["user_version", "application_id", "encoding"];

    /// <summary>Describes a database file that no connection of this process has open.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">The size of the file in bytes.</param>
    /// <param name="isWal">True for WAL mode.</param>
    /// <param name="notes">The remarks of the check: parts that could not be checked, and data that was not right.</param>
    public static SqliteDescription Describe(string path, long bytes, bool isWal, IReadOnlyList<string> notes)
    {
        var header = SqliteHeader.Read(path) ?? new SqliteHeader(0, false, 0, 0, 1, 0);
        return new SqliteDescription(
            SqliteLibrary.Current.Version, header.PageSize, header.PageSize == 0 ? 0 : bytes / header.PageSize,
            isWal ? "wal" : "rollback", header.EncodingName, (int)header.UserVersion, header.ApplicationId, notes,
            FreePages: header.FreePages);
    }

    /// <summary>Reads them inside whatever transaction a connection is in.</summary>
    public static IReadOnlyList<DatabaseProperty> Read(SqliteSession session) =>
        [.. Names.Select(name => Of(name, session.Text($"PRAGMA main.{name}")))];

    /// <summary>A backup beside what was read.</summary>
    public static ComparableContents Beside(BackupManifest backup, DatabaseContents contents, IReadOnlyList<DatabaseProperty> properties) =>
        new(backup.Contents, contents)
        {
            BackupProperties = backup.Sqlite is { } held
                ? [Of(Names[0], Number(held.UserVersion)), Of(Names[1], Number((int)held.ApplicationId)), Of(Names[2], held.Encoding)]
                : [.. Names.Select(name => new DatabaseProperty(PropertyKind.Database, name, null, Unknown: NotInManifest))],
            LiveProperties = properties,
        };

    private static DatabaseProperty Of(string name, string? value) => new(PropertyKind.Database, name, value);

    // The PRAGMAs give both values as signed numbers of 32 bits.
    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
