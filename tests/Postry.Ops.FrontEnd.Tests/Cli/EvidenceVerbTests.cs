namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>`postry drills`, `drill-note`, `verify-evidence` and `evidence-key`: exit codes and documents.</summary>
public sealed class EvidenceVerbTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Evidence_is_listed_noted_and_verified_and_a_changed_file_is_no_success()
    {
        Assert.Contains("No evidence", (await _sandbox.RunAsync("drills")).Output, StringComparison.Ordinal);
        await _sandbox.JsonAsync(0, "backup", "--path", _sandbox.MakeDatabase());
        var id = (await _sandbox.JsonAsync(0, "test", "--latest", "--level", "Restore")).GetProperty("drillId").GetString()!;
        var drill = Assert.Single((await _sandbox.JsonAsync(0, "drills")).EnumerateArray());
        Assert.Equal((id, "Test", "Passed", "Passed"), (Text("drillId"), Text("kind"), Text("status"), Text("evidence")));
        Assert.Contains(id, (await _sandbox.RunAsync("drills", "--kind", "Test")).Output, StringComparison.Ordinal);
        Assert.Empty((await _sandbox.JsonAsync(0, "drills", "--kind", "Drill")).EnumerateArray());
        Assert.Equal(id, (await _sandbox.JsonAsync(0, "list"))[0].GetProperty("provenBy").GetString());

        Assert.Equal(1, (await _sandbox.JsonAsync(0, "drill-note", "--id", id, "--note", "Seen.")).GetProperty("number").GetInt32());
        var one = await _sandbox.RunAsync("drills", "--id", id);
        Assert.Contains("Seen.", one.Output, StringComparison.Ordinal);
        Assert.Contains("ROWS EXPECTED", one.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await _sandbox.RunAsync("drills", "--id", "zzzzzzzz")).ExitCode);
        Assert.Equal(1, (await _sandbox.RunAsync("drill-note", "--id", "zzzzzzzz", "--note", "x")).ExitCode);

        var file = Text("evidenceFile")!;
        var note = file[..^5] + ".note1.json";
        var written = File.ReadAllText(note);
        File.WriteAllText(note, written.Replace("Seen.", "Done.", StringComparison.Ordinal));
        var changed = await _sandbox.RunAsync("drills");
        Assert.Equal(3, changed.ExitCode);
        Assert.Contains($"{id}: Note 1 is not as it was signed.", changed.Output, StringComparison.Ordinal);
        File.WriteAllText(note, written);
        Assert.Equal(id, (await _sandbox.JsonAsync(0, "verify-evidence", file)).GetProperty("drillId").GetString());
        Assert.Contains("compared", (await _sandbox.RunAsync("verify-evidence", file)).Output, StringComparison.Ordinal);
        File.AppendAllText(file, " ");
        Assert.Equal("Failed", (await _sandbox.JsonAsync(3, "verify-evidence", file)).GetProperty("status").GetString());
        Assert.Equal(3, (await _sandbox.RunAsync("drills")).ExitCode);
        Assert.Equal(1, (await _sandbox.RunAsync("verify-evidence", _sandbox.Path("none.json"))).ExitCode);

        string? Text(string name) => drill.GetProperty(name).GetString();
    }

    [Fact]
    public async Task A_key_is_made_once()
    {
        Directory.CreateDirectory(_sandbox.Path("keys"));
        var made = await _sandbox.RunAsync("evidence-key", "--out", _sandbox.Path("keys"));
        Assert.Equal(0, made.ExitCode);
        Assert.Contains("POSTRY_EVIDENCE_KEY_FILE", made.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", made.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await _sandbox.RunAsync("evidence-key", "--out", _sandbox.Path("keys"))).ExitCode);
        Assert.Equal(2, (await _sandbox.RunAsync("evidence-key")).ExitCode);
    }
}
