using System.Globalization;

namespace Postry.Ops.Benchmarks;

/// <summary>A PostgreSQL server of the benchmarks' own, in the folder of the benchmarks. Disposing it removes it.</summary>
internal sealed class BenchServer : IDisposable
{
    private const int Port = 54931;

    private readonly Bench _bench;

    private BenchServer(Bench bench) => _bench = bench;

    /// <summary>Folder of the newest installed server and client programs.</summary>
    public static string Bin => Directory.EnumerateDirectories("/usr/lib/postgresql")
        .OrderByDescending(version => int.Parse(Path.GetFileName(version), CultureInfo.InvariantCulture)).First() + "/bin";

    /// <summary>The options of client programs that name the server.</summary>
    public static string To => $"-h 127.0.0.1 -p {Port} -U postgres";

    /// <summary>The prefix that starts a server program as another user than root, because servers refuse to run as root.</summary>
    public static string AsServer => Environment.UserName == "root" ? "runuser -u postgres --" : "";

    /// <summary>The address of a database.</summary>
    public static string Url(string database) => $"postgresql://postgres@127.0.0.1:{Port}/{database}";

    /// <summary>Makes a server with its default durability, and starts it.</summary>
    public static BenchServer Start(Bench bench)
    {
        bench.Shell(MakeCluster("pg-data"));
        bench.Shell(
            $"{AsServer} {Bin}/pg_ctl -D pg-data -w -l pg-data/log -o '-p {Port} -c listen_addresses=127.0.0.1 -c " +
            $"unix_socket_directories= -c shared_buffers=512MB -c max_wal_size=8GB' start > /dev/null");
        return new BenchServer(bench);
    }

    /// <summary>The command that makes the files of a server.</summary>
    public static string MakeCluster(string data) => $"rm -rf {data}; mkdir -m 700 {data}; " +
        $"{(AsServer.Length > 0 ? $"chown postgres {data}; " : "")}{AsServer} {Bin}/initdb -D {data} -U postgres -A trust -E UTF8 " +
        "--locale=C > /dev/null";

    /// <inheritdoc/>
    public void Dispose() => _bench.Shell($"{AsServer} {Bin}/pg_ctl -D pg-data -m immediate -w stop; rm -rf pg-data");
}
