using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Fingerprints;

/// <summary>The fingerprint as somebody would program it who has read docs/fingerprint.md and nothing else: slowly, over another
/// library.</summary>
internal static class IndependentFingerprint
{
    public static (long Rows, string Fingerprint) Of(string database, string table)
    {
        using var connection = AppConnections.Open(database);
        var columns = Columns(connection, table);
        var values = string.Join(", ", columns.Select(c =>
            $"typeof({c}), CASE typeof({c}) WHEN 'text' THEN CAST({c} AS BLOB) ELSE {c} END"));
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {values} FROM {Quote(table)}";
        using var reader = command.ExecuteReader();
        var (rows, sum) = (0L, BigInteger.Zero);
        while (reader.Read())
        {
            using var row = new MemoryStream();
            for (var i = 0; i < reader.FieldCount; i += 2) row.Write(Encode(reader.GetString(i), reader, i + 1));
            sum += new BigInteger(SHA256.HashData(row.ToArray()).AsSpan(0, 16), isUnsigned: true, isBigEndian: true);
            rows++;
        }

        return (rows, (sum % BigInteger.Pow(2, 128)).ToString("x", null).TrimStart('0').PadLeft(32, '0'));
    }

    private static List<string> Columns(SqliteConnection connection, string table)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA table_xinfo({Quote(table)})";
        using var reader = command.ExecuteReader();
        var columns = new List<string>();
        while (reader.Read()) if (reader.GetInt64(6) is 0 or 3) columns.Add(Quote(reader.GetString(1)));
        return columns;
    }

    private static byte[] Encode(string storageClass, SqliteDataReader reader, int column)
    {
        var number = new byte[8];
        switch (storageClass)
        {
            case "null": return [0];
            case "integer":
                BinaryPrimitives.WriteInt64BigEndian(number, reader.GetInt64(column));
                return [1, .. number];
            case "real":
                BinaryPrimitives.WriteDoubleBigEndian(number, reader.GetDouble(column));
                return [2, .. number];
            default:
                var bytes = reader.GetFieldValue<byte[]>(column);
                BinaryPrimitives.WriteInt64BigEndian(number, bytes.Length);
                return [storageClass == "text" ? (byte)3 : (byte)4, .. number, .. bytes];
        }
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"")}\"";
}
