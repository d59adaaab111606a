using System.Diagnostics;
using System.Globalization;
using System.Text;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Benchmarks;

/// <summary>
/// Runs one operation of the engine in a process of its own, so that its memory can be measured. Prints seconds and peak MiB.
/// </summary>
internal static class Child
{
    public static async Task<int> RunAsync(string[] args)
    {
        var settings = OpsSettings.Resolve(null, args[1], Encoding.UTF8.GetBytes("a key for benchmarks, 32 bytes.."),
            Environment.CurrentDirectory);
        IReadOnlyList<IOperationObserver> observers =
            Environment.GetEnvironmentVariable("BENCH_VERBOSE") is null ? [] : [new VerboseReporter()];
        var engine = new OpsEngine(settings, observers);
        DatabaseAddress At(string name) => name.StartsWith("postgres", StringComparison.Ordinal) ? PostgresAddress.Parse(name)
            : new SqliteAddress(name);
        var clock = Stopwatch.StartNew();
        switch (args[0])
        {
            case "backup":
                await engine.BackUpAsync(new BackupRequest { Source = At(args[2]) });
                break;
            case "restore":
                var request = new RestoreRequest { Backup = new BackupSelector { Latest = true, Database = "app" }, Target = At(args[2]),
                    AllowDifferentSource = true, SkipCompare = args.Contains("--skip-compare") };
                var record = await engine.RestoreAsync(await engine.PlanRestoreAsync(request));
                Console.Error.WriteLine(FormattableString.Invariant($"unavailable {record.Unavailable.TotalMilliseconds:F0} ms"));
                break;
            case "test":
                var report = await engine.TestAsync(new BackupSelector { Latest = true, Database = "app" }, VerificationLevel.Contents);
                if (report.Status != CheckStatus.Passed) return 1;
                break;
            case "list":
                _ = engine.ListBackups(new BackupQuery()).Count;
                clock.Restart();
                if (engine.ListBackups(new BackupQuery()).Count != int.Parse(args[2], CultureInfo.InvariantCulture)) return 1;
                break;
        }

        Console.WriteLine(FormattableString.Invariant($"{clock.Elapsed.TotalSeconds:F3} {PeakMiB()}"));
        return 0;
    }

    private static long PeakMiB() => OperatingSystem.IsLinux()
        ? long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024
        : Process.GetCurrentProcess().PeakWorkingSet64 >> 20;

    private sealed class VerboseReporter : IOperationObserver
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private string _step = "";

        public void Report(OperationEvent happened)
        {
            if (happened is OperationProgress progress && progress.Step != _step) Say(_step = progress.Step);
            if (happened is OperationDetail detail) Say(detail.Message);
            if (happened is OperationWarning warning) Say(warning.Message);
        }

        private void Say(string message) => Console.Error.WriteLine($"{_clock.Elapsed.TotalSeconds:F2} {message}");
    }
}
