using System.Diagnostics;
using System.Globalization;

namespace Postry.Ops.Benchmarks;

/// <summary>Runs the product and its peers in processes of their own.</summary>
internal sealed class Bench(string folder)
{
    /// <summary>Runs one operation of the engine; returns its seconds and its peak memory.</summary>
    public (double Seconds, long PeakMiB) Ours(params string[] arguments)
    {
        using var process = Self(["child", .. arguments]);
        var words = process.StandardOutput.ReadToEnd().Split();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', arguments)} failed.");
        return (double.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Starts this program again.</summary>
    public static Process Self(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(Bench).Assembly.Location, .. arguments]) { RedirectStandardOutput = true })!;

    /// <summary>Runs a command in the folder and returns its seconds.</summary>
    public double Shell(string command)
    {
        var clock = Stopwatch.StartNew();
        Read(command);
        return clock.Elapsed.TotalSeconds;
    }

    /// <summary>Runs a command in the folder and returns what it wrote.</summary>
    public string Read(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = folder,
            RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? text.Trim() : throw new InvalidOperationException($"Failed: {command}");
    }

    /// <summary>Prints medians and their ratio.</summary>
    public static void Report(string name, List<double> ours, string peerName, List<double> peer, string target) => Console.WriteLine(
        $"{name}: {Median(ours):F2} s against {Median(peer):F2} s of {peerName}: {Median(ours) / Median(peer):F3}x (at most {target}x)");

    /// <summary>The middle one.</summary>
    public static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
