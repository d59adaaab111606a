using System.Globalization;
using System.Net;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Compares the space that a restore needs on the server's disk with the free space, if this machine is the server's.</summary>
internal static class ServerSpace
{
    private const double Slack = 1.1;
    private const int IndexFactor = 2;

    /// <summary>Bytes that the restored copy takes; what is kept of the live database is there already.</summary>
    public static long Needed(BackupManifest manifest)
    {
        var whole = (long)(manifest.Source.Bytes * Slack);
        return manifest.Postgres!.Scope.IsWhole ? whole
            : Math.Min(whole, manifest.Postgres.Tables.Where(table => table.DataFile is not null).Sum(table => table.Bytes) * IndexFactor);
    }

    /// <summary>Bytes free there; null where that cannot be known from here.</summary>
    public static async Task<long?> FreeAsync(NpgsqlSession session, CancellationToken cancellation)
    {
        try
        {
            return await FindFolderAsync(session, cancellation) is { } folder ? Files.FreeSpace(folder) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Full path of the server's data on this machine; null where it is on another one, or cannot be known from here.</summary>
    public static async Task<string?> FindFolderAsync(NpgsqlSession session, CancellationToken cancellation)
    {
        if (!IsHere(session.Connection.Host)) return null;
        // A role that may not know the folder does not see the row.
        var folder = await session.TextAsync(
            "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory'", cancellation);
        var port = await session.TextAsync("SELECT pg_catalog.current_setting('port')", cancellation);
        if (folder is null || !IsOf(folder, port!, session.Connection.Host!)) return null;
        try
        {
            return Files.RealPath(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static bool IsHere(string? host) => host is not null
        && (host.StartsWith('/') || host is "localhost" || IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    // A port of this machine can lead into a container, whose folders have the same names.
    private static bool IsOf(string folder, string port, string host)
    {
        try
        {
            return File.ReadLines(Path.Combine(folder, "postmaster.pid")).ElementAtOrDefault(3)?.Trim() == int
                .Parse(port, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        }
        catch (UnauthorizedAccessException)
        {
            return host.StartsWith('/');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
