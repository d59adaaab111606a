using System.Globalization;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Benchmarks;

/// <summary>Commands on a backup root with many sets: the published console, whole processes, beside stock tools on the same files; and
/// the module in a PowerShell session that has it loaded.</summary>
internal sealed class ScaleSuite(string folder, string console, int sets, int rounds)
{
    private const int Tables = 10;
    private const string Rules = "--keep-last 24 --keep-daily 30 --keep-monthly 12";

    // A removal must do at least this to be whole after a power cut: the manifest goes first, in one durable step, and then all else.
    private const string DurableRemoval = """
        import os, sys
        folder = os.open("pruned/db", os.O_RDONLY)
        for name in sorted(name for name in os.listdir("pruned/db") if name.endswith(".db.gz"))[:int(sys.argv[1])]:
            path = "pruned/db/" + name
            os.rename(path + ".manifest.json", path + ".manifest.json.partial")
            os.fsync(folder)
            os.unlink(path)
            os.unlink(path + ".manifest.json.partial")
        """;

    private const string Session = """
        Import-Module $env:BENCH_MODULE
        $root = "$PWD/many/backups"
        foreach ($line in 'Get-PostryBackup', 'Get-PostryBackup -Id ', 'Get-PostryBackup -Database ', 'Get-PostryBackup -Label ') {
            $text = $line -replace '^Get-PostryBackup', "Get-PostryBackup -BackupRoot '$root'"
            $times = foreach ($round in 0..9) {
                $clock = [Diagnostics.Stopwatch]::StartNew()
                $found = if ($line -like '* *') { (TabExpansion2 $text $text.Length).CompletionMatches.Count } else { @(Invoke-Expression $text).Count }
                $clock.Elapsed.TotalMilliseconds
            }
            '{0}: {1:F0} ms, the first time {2:F0} ms ({3} found)' -f $line, ($times | Sort-Object)[5], $times[0], $found
        }
        """;

    private readonly Bench _bench = new(folder);

    public void Run(string? module)
    {
        Environment.SetEnvironmentVariable(EnvironmentVariables.IntegrityKey, "a key for benchmarks, 32 bytes..");
        var tables = Enumerable.Range(0, Tables).Select(table => $"create table posts_{table}(id integer primary key, body);");
        _bench.Shell($"rm -rf many; mkdir many; sqlite3 many/app.db '{string.Concat(tables)}'");
        _bench.Shell(Postry("backup --path many/app.db"));
        ManySets.Make(Path.Combine(folder, "many", "backups"), sets);
        Look();
        if (module is not null) RunSession(module);
        Prune();
        _bench.Shell("rm -rf many pruned suggested remove.py session.ps1");
    }

    private void Look()
    {
        const string read = "sha256sum of all manifests";
        const string readFiles = "find many/backups/db -name '*.manifest.json' -print0 | xargs -0 sha256sum > /dev/null";
        Compare("list", Postry("list"), read, readFiles);
        Compare("prune --what-if", Postry($"prune --what-if {Rules}"), read, readFiles);
        var id = _bench.Read("ls many/backups/db | sed -n 100p | grep -o '[a-z0-9]*\\.db\\.gz' | cut -c1-8");
        const string names = "ls";
        const string listNames = "ls many/backups/db > /dev/null";
        Compare("completion of ids", Suggest("restore --id "), names, listNames);
        Compare("completion of one of the oldest ids", Suggest($"restore --id {id[..5]}"), names, listNames);
        Compare("completion of databases", Suggest("restore --database "), names, listNames);
        Compare("completion of labels", Suggest("list --label "), names, listNames);
        Compare("completion of a label that nothing has", Suggest("list --label zz", "! grep -q [a-z]"), names, listNames);
    }

    private void RunSession(string module)
    {
        Environment.SetEnvironmentVariable("BENCH_MODULE", Path.GetFullPath(module));
        File.WriteAllText(Path.Combine(folder, "session.ps1"), Session);
        Console.WriteLine(_bench.Read("pwsh -NoProfile -NonInteractive -File session.ps1"));
    }

    private void Prune()
    {
        var (ours, peer, removed) = (new List<double>(), new List<double>(), 0);
        File.WriteAllText(Path.Combine(folder, "remove.py"), DurableRemoval);
        for (var round = 0; round < rounds; round++)
        {
            const string copy = "rm -rf pruned; cp -a many/backups pruned; sync";
            _bench.Shell(copy);
            ours.Add(_bench.Shell(Postry($"prune {Rules}").Replace("many/backups", "pruned", StringComparison.Ordinal)));
            removed = sets - int.Parse(_bench.Read("ls pruned/db | grep -c manifest"), CultureInfo.InvariantCulture);
            _bench.Shell(copy);
            peer.Add(_bench.Shell($"python3 remove.py {removed}"));
        }

        Report($"prune that removes {removed}", ours, "the renames, deletions and fsyncs alone", peer);
    }

    private string Postry(string arguments) => $"{console} {arguments} --backup-root many/backups --repo-root . > /dev/null";

    private string Suggest(string typed, string check = "grep -q [a-z0-9]")
    {
        var line = $"postry {typed.Replace(" --", " --backup-root many/backups --repo-root . --", StringComparison.Ordinal)}";
        return $"{console} '[suggest:{line.Length}]' '{line}' > suggested; {check} suggested";
    }

    private void Compare(string name, string ours, string peerName, string peer)
    {
        var (seconds, others) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            seconds.Add(_bench.Shell(ours));
            others.Add(_bench.Shell(peer));
        }

        Report(name, seconds, peerName, others);
    }

    private void Report(string name, List<double> ours, string peerName, List<double> peer) =>
        Console.WriteLine($"{name}, {sets} sets: {Bench.Median(ours):F3} s against {Bench.Median(peer):F3} s of {peerName}: " +
            $"{Bench.Median(ours) / Bench.Median(peer):F2}x");
}
