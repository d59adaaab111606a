using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Owners, privileges and comments of large objects, which no row of a table tells.</summary>
internal static class LargeObjectMetadata
{
    // Default privileges are spelled out, because a restore may change the one form into the other. The grantor does not count.
    private const string Query = """
        SELECT pg_catalog.json_build_array(
            m.oid::bigint, pg_catalog.pg_get_userbyid(m.lomowner), pg_catalog.obj_description(m.oid, 'pg_largeobject'), ARRAY(
            SELECT DISTINCT pg_catalog.concat(
                CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END, '=',
                a.privilege_type, CASE WHEN a.is_grantable THEN '*' END) COLLATE "C"
            FROM pg_catalog.aclexplode(COALESCE(m.lomacl, pg_catalog.acldefault('L', m.lomowner))) a ORDER BY 1))::text
        FROM pg_catalog.pg_largeobject_metadata m ORDER BY m.oid
        """;

    /// <summary>SHA-256 of one line for each object, in lower-case hexadecimal digits; null where there is none.</summary>
    public static async Task<string?> ReadAsync(NpgsqlSession session, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var command = new NpgsqlCommand(Query, session.Connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var any = false;
        while (await reader.ReadAsync(cancellation))
        {
            any = true;
            hash.AppendData(ByteKeepingEncoding.Instance.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{reader.GetString(0)}\n")));
        }

        return any ? Convert.ToHexStringLower(hash.GetHashAndReset()) : null;
    }
}
