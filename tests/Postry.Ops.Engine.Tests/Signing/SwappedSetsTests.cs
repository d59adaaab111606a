using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Signing;

/// <summary>Signed things in the wrong place, signatures of the wrong kind, and manifests of the wrong shape.</summary>
public sealed class SwappedSetsTests
{
    [StockFact]
    public async Task Manifests_exchanged_between_two_sets_are_invalid()
    {
        using var work = new Workspace();
        var (one, other) = await TwoAsync(work);
        Exchange(one.ManifestFile, other.ManifestFile);
        await AllSayAsync(work, BackupStatus.Invalid, "ManifestInvalid");
    }

    [StockFact]
    public async Task Artefacts_exchanged_between_two_sets_fail()
    {
        using var work = new Workspace();
        var (one, other) = await TwoAsync(work);
        Exchange(one.BackupFile, other.BackupFile);
        foreach (var set in work.Engine.ListBackups(new BackupQuery()))
        {
            // Artefacts of the same length differ only in their bytes.
            Assert.Contains(set.Status, new[] { BackupStatus.Damaged, BackupStatus.Complete });
            Assert.Equal(CheckStatus.Failed, (await work.TestAsync(set.Id, VerificationLevel.Artefact)).Status);
            await RefusedAsync(work, set.BackupFile, "BackupCorrupt");
        }
    }

    [StockFact]
    public async Task A_pair_under_another_name_is_invalid_and_in_another_folder_is_not()
    {
        using var work = new Workspace();
        var (one, other) = await TwoAsync(work);
        var renamed = one.BackupFile.Replace("sqlite-app", "sqlite-other", StringComparison.Ordinal);
        File.Move(one.BackupFile, renamed);
        File.Move(one.ManifestFile, renamed + ".manifest.json");
        Assert.Equal(1, work.Engine.ListBackups(new BackupQuery()).Count(set => set.Status == BackupStatus.Invalid));
        await RefusedAsync(work, renamed, "ManifestInvalid");

        var elsewhere = Directory.CreateDirectory(work["elsewhere"]).FullName;
        var moved = Path.Combine(elsewhere, Path.GetFileName(other.BackupFile));
        File.Move(other.BackupFile, moved);
        File.Move(other.ManifestFile, moved + ".manifest.json");
        var report = await work.Engine.TestAsync(new BackupSelector { BackupFile = moved }, VerificationLevel.Restore);
        Assert.Equal((CheckStatus.Passed, other.Id), (report.Status, report.Id));
    }

    [StockFact]
    public async Task An_artefact_renamed_away_from_its_manifest_is_damaged()
    {
        using var work = new Workspace();
        var (one, _) = await TwoAsync(work);
        File.Move(one.BackupFile, one.BackupFile + ".old");
        Assert.Equal(BackupStatus.Damaged, Assert.Single(work.Engine.ListBackups(new BackupQuery { Ids = [one.Id] })).Status);
        await RefusedAsync(work, one.BackupFile, "BackupCorrupt");
        var e = await Assert.ThrowsAsync<SourceNotFoundException>(() =>
            work.Engine.TestAsync(new BackupSelector { BackupFile = one.BackupFile + ".old" }, VerificationLevel.Signature));
        Assert.Contains("no manifest", e.Message, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task A_signature_of_another_kind_does_not_pass()
    {
        using var signed = await SignedSet.MakeAsync();
        var key = signed.Work.Settings().Keys.SigningKey("");
        var body = Encoding.UTF8.GetString(signed.Manifest)[..^170];
        foreach (var domain in new[] { "runtime", "evidence", "sidecar", "backup/1\nbackup", "" })
        {
            signed.WriteManifest(SignedText.Sign(body + "\n}", domain, key));
            Assert.Equal(BackupStatus.Tampered, signed.Listed().Status);
            await signed.RefusedAsync("SignatureMismatch");
        }

        // The right one still does, so that the above says something.
        signed.WriteManifest(SignedText.Sign(body + "\n}", "backup", key));
        Assert.Equal(BackupStatus.Complete, signed.Listed().Status);
    }

    [StockFact]
    public async Task The_signature_of_the_old_scripts_does_not_pass()
    {
        using var signed = await SignedSet.MakeAsync();
        var key = Encoding.UTF8.GetBytes(Workspace.Key);
        var artefact = signed.Artefact;
        var legacy = $"{Convert.ToHexString(SHA256.HashData(artefact))}|{artefact.Length}|sqlite|{Path.GetFileName(signed.Set.BackupFile)}";
        var covered = signed.Manifest[..^170];
        foreach (var message in new[] { Encoding.UTF8.GetBytes(legacy), covered, [.. "backup\n"u8, .. covered] })
        {
            foreach (var value in new[] { Convert.ToHexStringLower(HMACSHA256.HashData(key, message)),
                Convert.ToHexString(HMACSHA256.HashData(key, message)) })
            {
                var text = Encoding.UTF8.GetString(signed.Manifest);
                signed.WriteManifest(Encoding.UTF8.GetBytes(text[..^72] + value + text[^8..]));
                Assert.Equal(BackupStatus.Tampered, signed.Listed().Status);
                await signed.RefusedAsync("SignatureMismatch");
            }
        }
    }

    [StockFact]
    public async Task A_manifest_of_any_wrong_shape_is_a_verdict_and_never_a_crash()
    {
        using var signed = await SignedSet.MakeAsync();
        var key = signed.Work.Settings().Keys.SigningKey("");
        var whole = JsonNode.Parse(signed.Manifest)!.AsObject();
        whole.Remove("signature");
        foreach (var path in Paths(whole, ""))
        {
            foreach (var replacement in new[] { "remove", "null", "\"\"", "[]", "[null]", "{}", "-1", "1e400", "99999999999999999999",
                "true", "\"\\u0000/../x\"" })
            {
                var copy = whole.DeepClone().AsObject();
                Replace(copy, path, replacement);
                var body = copy.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true, NewLine = "\n" });
                var what = $"{path} = {replacement}";
                var bytes = SignedText.Sign(body, "backup", key);
                signed.WriteManifest(bytes);
                // Signed by the key's owner: whatever it is taken for, every command still gives an answer.
                await AnswersAsync(signed, Workspace.Key, what);
                await AnswersAsync(signed, null, what);
                // Signed by somebody else, nothing of it counts.
                bytes[^20] ^= 1;
                signed.WriteManifest(bytes);
                Assert.Contains(signed.Listed().Status, new[] { BackupStatus.Tampered, BackupStatus.Invalid });
                Assert.True((await signed.TestedAsync(VerificationLevel.Contents)).Status == CheckStatus.Failed, what);
                await signed.RefusedAsync("SignatureMismatch", "ManifestInvalid");
            }
        }
    }

    private static async Task AnswersAsync(SignedSet signed, string? key, string what)
    {
        var engine = signed.Work.EngineWith(key);
        try
        {
            var listed = Assert.Single(engine.ListBackups(new BackupQuery()));
            Assert.NotNull(listed.Tables);
            Assert.All(listed.Tables, Assert.NotNull);
            await GivesAnAnswerAsync(() => engine.TestAsync(new BackupSelector { BackupFile = signed.Set.BackupFile },
                VerificationLevel.Contents));
            await GivesAnAnswerAsync(() => engine.CompareAsync(new BackupSelector { BackupFile = signed.Set.BackupFile },
                new SqliteAddress(signed.Target)));
            await GivesAnAnswerAsync(() => engine.PlanRestoreAsync(new RestoreRequest
            {
                Backup = new BackupSelector { BackupFile = signed.Set.BackupFile },
                Target = new SqliteAddress(signed.Target),
                AllowUnverified = true,
                AllowDifferentSource = true,
            }));
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{what} (key {key}): {e}");
        }

        signed.AssertTargetUntouched();
    }

    private static async Task GivesAnAnswerAsync<T>(Func<Task<T>> command)
    {
        try
        {
            await command();
        }
        catch (OpsException e)
        {
            Assert.NotEmpty(e.Hint);
        }
    }

    private static IEnumerable<string> Paths(JsonNode node, string prefix)
    {
        if (prefix.Length > 0) yield return prefix;
        var inner = node switch
        {
            JsonObject o => o.Select(member => (Key: member.Key, member.Value)),
            JsonArray a => a.Select((value, i) => (Key: $"{i}", Value: value)),
            _ => [],
        };
        foreach (var (name, value) in inner)
        {
            if (value is null) yield return $"{prefix}/{name}";
            else foreach (var path in Paths(value, $"{prefix}/{name}")) yield return path;
        }
    }

    private static void Replace(JsonObject root, string path, string replacement)
    {
        var steps = path.TrimStart('/').Split('/');
        JsonNode parent = root;
        foreach (var step in steps[..^1]) parent = parent is JsonArray array ? array[int.Parse(step, null)]! : parent[step]!;
        if (parent is JsonObject o)
        {
            if (replacement == "remove") o.Remove(steps[^1]);
            else o[steps[^1]] = JsonNode.Parse(replacement);
        }
        else if (parent is JsonArray list)
        {
            if (replacement == "remove") list.RemoveAt(int.Parse(steps[^1], null));
            else list[int.Parse(steps[^1], null)] = JsonNode.Parse(replacement);
        }
    }

    private static async Task<(BackupSet One, BackupSet Other)> TwoAsync(Workspace work)
    {
        Commands.Sqlite(work["app.db"], "CREATE TABLE t(a); INSERT INTO t VALUES ('first');");
        var one = await work.BackUpAsync(work["app.db"]);
        Commands.Sqlite(work["app.db"], "UPDATE t SET a = 'other'");
        return (one, await work.BackUpAsync(work["app.db"]));
    }

    private static async Task AllSayAsync(Workspace work, BackupStatus status, string errorId)
    {
        var sets = work.Engine.ListBackups(new BackupQuery());
        Assert.Equal(2, sets.Count);
        foreach (var set in sets)
        {
            Assert.Equal(status, set.Status);
            Assert.Equal(CheckStatus.Failed, (await work.Engine
                .TestAsync(new BackupSelector { BackupFile = set.BackupFile }, VerificationLevel.Contents)).Status);
            await RefusedAsync(work, set.BackupFile, errorId);
        }
    }

    private static async Task RefusedAsync(Workspace work, string backupFile, string errorId)
    {
        var before = StockTools.Hash(work["app.db"]);
        var request = new RestoreRequest { Backup = new BackupSelector { BackupFile = backupFile }, Target =
            new SqliteAddress(work["app.db"]), AllowUnverified = true, AllowDifferentSource = true };
        var e = await Assert.ThrowsAnyAsync<OpsException>(async () =>
            await work.Engine.RestoreAsync(await work.Engine.PlanRestoreAsync(request)));
        Assert.Equal(errorId, e.ErrorId);
        Assert.Equal(before, StockTools.Hash(work["app.db"]));
    }

    private static void Exchange(string one, string other)
    {
        var bytes = File.ReadAllBytes(one);
        File.Copy(other, one, overwrite: true);
        File.WriteAllBytes(other, bytes);
    }
}
