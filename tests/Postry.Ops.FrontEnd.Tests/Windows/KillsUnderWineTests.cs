using System.Security.Cryptography;
using System.Text;
using Postry.Ops.Engine.Tests.Crashes;
using Stock = Postry.Ops.Engine.Tests.Support.Commands;

namespace Postry.Ops.FrontEnd.Tests.Windows;

/// <summary>Processes for Windows are ended by TerminateProcess at steps of the journal, and the next command recovers. The stock shell
/// judges.</summary>
[Collection(WineCollection.Name)]
public sealed class KillsUnderWineTests(WineMachine machine)
{
    // The steps at which nothing has been swapped yet, and those at which all has.
    private static readonly string[] Before = ["Started", "Staged", "Locked", "PreviousCopyTaken", "Swapping"];
    private static readonly string[] After = ["Swapped"];

    [WineFact]
    public async Task A_killed_restore_or_undo_leaves_one_of_the_two_databases_whole()
    {
        var folder = machine.NewFolder();
        var cases = Cases().ToList();
        foreach (var (scenario, words) in cases)
        {
            var place = Directory.CreateDirectory(folder[$"{scenario}/{words}"]).FullName;
            ScenarioFiles.PlaceBackupState(scenario, Path.Combine(place, "app.db"));
            ScenarioFiles.PlaceLiveState(scenario, Path.Combine(Directory.CreateDirectory(Path.Combine(place, "live")).FullName, "app.db"));
        }

        foreach (var scenario in cases.GroupBy(one => one.Scenario))
        {
            var result = await folder.RunAsync(WineMachine.TestHost, ["matrix", $@"{folder.Windows}\{scenario.Key}"]);
            Assert.True(result.ExitCode == 0, result.ToString());
            var killed = result.Output.Split('\n').Count(line => line.StartsWith("killed -1 ", StringComparison.Ordinal));
            Assert.Equal(scenario.Count(), killed);
        }

        Assert.Empty(cases.Select(one => Fault(folder[$"{one.Scenario}/{one.Words}"], one.Scenario, one.Words)).OfType<string>());
    }

    private static IEnumerable<(Scenario Scenario, string Words)> Cases()
    {
        var isLong = Environment.GetEnvironmentVariable("POSTRY_LONG_TESTS") == "1";
        foreach (var scenario in isLong ? Enum.GetValues<Scenario>() : [Scenario.Wal, Scenario.Rollback])
        {
            foreach (var step in isLong ? Before : ["PreviousCopyTaken", "Swapping"]) yield return (scenario, $"restore,{step},complete");
            foreach (var step in After) yield return (scenario, $"restore,{step},undo");
            foreach (var step in isLong ? Before : []) yield return (scenario, $"undo,{step},undo");
        }

        // These two swap whole files, each in its own way.
        if (isLong) yield break;
        yield return (Scenario.New, "undo,Swapping,undo");
        yield return (Scenario.Destroyed, "undo,Swapping,undo");
    }

    // A swap of the contents ends with its process: the journal's step says less than the file.
    private static string? Fault(string place, Scenario scenario, string words)
    {
        var (live, restored) = (State(Path.Combine(place, "live")), Restored(scenario));
        var killed = State(Path.Combine(place, "killed"));
        if (scenario != Scenario.Destroyed && killed != live && killed != restored) return $"{scenario} {words}: killed, it holds {killed}";
        var recovered = State(Path.Combine(place, "recovered"));
        return recovered == live ? null : $"{scenario} {words}: recovered, it holds {recovered}, and not {live}";
    }

    private static string Restored(Scenario scenario)
    {
        var folder = Directory.CreateTempSubdirectory("postry-state-").FullName;
        ScenarioFiles.PlaceBackupState(scenario, Path.Combine(folder, "app.db"));
        var state = State(folder);
        Directory.Delete(folder, recursive: true);
        return state;
    }

    private static string State(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "app.db"))) return "no database";
        var aside = Directory.CreateTempSubdirectory("postry-state-").FullName;
        foreach (var suffix in new[] { "", "-wal", "-journal" })
            if (File.Exists(Path.Combine(folder, "app.db" + suffix)))
                File.Copy(Path.Combine(folder, "app.db" + suffix), Path.Combine(aside, "app.db" + suffix));
        var bytes = Hash([.. Directory.GetFiles(aside).Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes)]);
        var shell = Stock.Run("sqlite3", ["-bail", Path.Combine(aside, "app.db")], "PRAGMA integrity_check;\n.dump\n");
        Directory.Delete(aside, recursive: true);
        if (shell.Error.Contains("not a database", StringComparison.Ordinal)) return "bytes " + bytes;
        return shell.Output.StartsWith("ok\n", StringComparison.Ordinal) ? "contents " + Hash(Encoding.UTF8.GetBytes(shell.Output))
            : "broken " + shell.Error;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..12];
}
