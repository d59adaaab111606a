using System.Globalization;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Reads the large objects that only one session sees.</summary>
internal static class LargeObjectsInside
{
    private const int Piece = 256 << 10;

    /// <summary>Reads the large objects as far as the manifest tells; null if it says nothing of them.</summary>
    public static async Task<PostgresLargeObjects?> ReadAsync(PostgresSession session, BackupManifest manifest,
        CancellationToken cancellation)
    {
        if (manifest.Postgres!.LargeObjects is not { } expected) return null;
        var objects = await session.TextsAsync("SELECT oid::text FROM pg_catalog.pg_largeobject_metadata ORDER BY oid", cancellation);
        if (expected.Fingerprint is null) return new PostgresLargeObjects(objects.Count, null, null);
        var sum = default(LargeObjectSum);
        foreach (var id in objects)
            sum += await ReadAsync(session, long.Parse(id, CultureInfo.InvariantCulture), cancellation);
        return new PostgresLargeObjects(objects.Count, sum.Bytes, sum.Hash.ToString("x32", null));
    }

    private static async Task<LargeObjectSum> ReadAsync(PostgresSession session, long id, CancellationToken cancellation)
    {
        using var hash = new LargeObjectHash(id);
        for (byte[] piece = new byte[Piece]; piece.Length == Piece;)
        {
            piece = Convert.FromHexString((await session
                .TextAsync($"SELECT pg_catalog.encode(pg_catalog.lo_get({id}, {hash.Bytes}, {Piece}), 'hex')", cancellation))!);
            hash.Append(piece);
        }

        return hash.Sum();
    }
}
