using System.Text;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Signing;

/// <summary>Keys that are missing, rotated, wrong and lost.</summary>
public sealed class KeyTests
{
    private const string Old = "the-old-key-of-some-length";
    private const string New = "the-new-key, which has a comma and ünï";

    [StockFact]
    public async Task Without_a_key_a_backup_is_refused_and_the_error_names_the_variable()
    {
        using var work = new Workspace();
        var app = Sample(work);
        var e = await Assert.ThrowsAsync<IntegrityKeyMissingException>(() =>
            work.EngineWith(null).BackUpAsync(new BackupRequest { Source = new SqliteAddress(app) }));
        Assert.Contains("BACKUP_METADATA_HMAC_KEY", e.Message, StringComparison.Ordinal);
        Assert.Contains("BACKUP_METADATA_HMAC_KEY", e.Hint, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IntegrityKeyMissingException>(() =>
            work.EngineWith(null).PlanBackupAsync(new BackupRequest { Source = new SqliteAddress(app) }));
        Assert.Equal(["app.db"], work.AllFiles());
    }

    [StockTheory]
    [InlineData(null)]
    [InlineData("")]
    public void The_console_says_the_same_with_an_unset_or_empty_variable(string? value)
    {
        using var work = new Workspace();
        var answer = PostryConsole.Run(work, ["backup", "--path", Sample(work)], new() { ["BACKUP_METADATA_HMAC_KEY"] = value });
        Assert.Equal((1, "IntegrityKeyMissing"), (answer.ExitCode, answer.ErrorId));
        Assert.Contains("BACKUP_METADATA_HMAC_KEY", answer.Error, StringComparison.Ordinal);
        Assert.Equal(["app.db"], work.AllFiles());
    }

    [StockFact]
    public async Task A_rotated_key_still_verifies_and_the_new_one_signs()
    {
        using var work = new Workspace();
        var app = Sample(work);
        var first = await work.EngineWith(Old).BackUpAsync(new BackupRequest { Source = new SqliteAddress(app) });
        var rotated = work.EngineWith(New, Old);
        var second = await rotated.BackUpAsync(new BackupRequest { Source = new SqliteAddress(app) });
        Assert.NotEqual(first.KeyId, second.KeyId);
        Assert.All(rotated.ListBackups(new BackupQuery()), set => Assert.Equal(BackupStatus.Complete, set.Status));
        foreach (var set in new[] { first, second })
            Assert.Equal(CheckStatus.Passed, (await rotated
                .TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore)).Status);

        // The old key taken off the list: its set is in doubt, the other is not.
        var after = work.EngineWith(New).ListBackups(new BackupQuery()).ToDictionary(set => set.Id, set => set.Status);
        Assert.Equal((BackupStatus.Unverified, BackupStatus.Complete), (after[first.Id], after[second.Id]));
        // A previous key alone signs nothing.
        await Assert.ThrowsAsync<IntegrityKeyMissingException>(() =>
            work.EngineWith(null, Old).BackUpAsync(new BackupRequest { Source = new SqliteAddress(app) }));
        Assert.Equal(CheckStatus.Passed, (await work.EngineWith(null, Old)
            .TestAsync(new BackupSelector { Id = first.Id }, VerificationLevel.Contents)).Status);
    }

    [StockFact]
    public void The_environment_s_variables_work_as_documented()
    {
        using var work = new Workspace();
        var app = Sample(work);
        File.WriteAllText(work["key"], Old + "\r\n");
        File.WriteAllText(work["empty"], "\n");
        Keyring Ring(params (string Name, string Value)[] variables) =>
            Keyring.FromEnvironment(name => variables.FirstOrDefault(v => v.Name == name).Value);
        string Id(string key) => Keyring.Of(Encoding.UTF8.GetBytes(key)).All[0].Id;

        Assert.Equal(Id(Old), Ring(("BACKUP_METADATA_HMAC_KEY", Old)).All[0].Id);
        Assert.Equal(Id(Old), Ring(("BACKUP_METADATA_HMAC_KEY_FILE", work["key"])).All[0].Id);
        Assert.Equal(Id(New), Ring(("BACKUP_METADATA_HMAC_KEY", New), ("BACKUP_METADATA_HMAC_KEY_FILE", work["key"])).All[0].Id);
        Assert.Throws<IntegrityKeyMissingException>(() => Ring(("BACKUP_METADATA_HMAC_KEY_FILE", work["empty"])));
        Assert.Contains("BACKUP_METADATA_HMAC_KEY_FILE",
            Assert.Throws<IntegrityKeyMissingException>(() => Ring(("BACKUP_METADATA_HMAC_KEY_FILE", work["none"]))).Message,
            StringComparison.Ordinal);

        foreach (var list in new[] { Old, $"a,{Old}", $"a\n{Old}\nb", $" {Old} , b" })
            Assert.Contains(Id(Old), Ring(("BACKUP_METADATA_HMAC_KEY_PREVIOUS", list)).All.Select(key => key.Id));
        // A key that holds the separator is still found.
        Assert.Contains(Id(New), Ring(("BACKUP_METADATA_HMAC_KEY_PREVIOUS", New)).All.Select(key => key.Id));
        Assert.Empty(Ring(("BACKUP_METADATA_HMAC_KEY", ""), ("BACKUP_METADATA_HMAC_KEY_PREVIOUS", "")).All);

        // The same works from end to end, in processes of their own.
        var made = PostryConsole.Run(work, ["backup", "--path", app],
            new() { ["BACKUP_METADATA_HMAC_KEY"] = null, ["BACKUP_METADATA_HMAC_KEY_FILE"] = work["key"] });
        Assert.True(made.ExitCode == 0, $"{made}");
        var tested = PostryConsole.Run(work, ["test", "--id", made["id"]!],
            new() { ["BACKUP_METADATA_HMAC_KEY"] = New, ["BACKUP_METADATA_HMAC_KEY_PREVIOUS"] = $"x,{Old}" });
        Assert.Equal((0, "Passed"), (tested.ExitCode, tested["status"]));
        var wrong = PostryConsole.Run(work, ["test", "--id", made["id"]!], new() { ["BACKUP_METADATA_HMAC_KEY"] = New });
        Assert.Equal((3, "Inconclusive"), (wrong.ExitCode, wrong["status"]));
    }

    [StockTheory]
    [InlineData(New, "WrongKey")]
    [InlineData(null, "IntegrityKeyMissing")]
    public async Task With_a_wrong_or_a_lost_key_only_AllowUnverified_restores_and_the_record_says_so(string? key, string errorId)
    {
        using var work = new Workspace();
        var app = Sample(work);
        var set = await work.EngineWith(Old).BackUpAsync(new BackupRequest { Source = new SqliteAddress(app) });
        var backedUp = Commands.Dump(app);
        Commands.Sqlite(app, "DELETE FROM t");
        var (before, dumped) = (StockTools.Hash(app), Commands.Dump(app));
        var engine = work.EngineWith(key);

        var listed = Assert.Single(engine.ListBackups(new BackupQuery()));
        Assert.Equal(BackupStatus.Unverified, listed.Status);
        var none = Assert.ThrowsAny<OpsException>(() => engine.ListBackups(new BackupQuery { Latest = true }));
        Assert.Equal(errorId, none.ErrorId);
        Assert.Contains("genuine", none.Message, StringComparison.Ordinal);
        var report = await engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore);
        Assert.Equal(CheckStatus.Inconclusive, report.Status);
        Assert.Contains(errorId, report.Checks[0].Detail, StringComparison.Ordinal);

        var request = new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app) };
        var e = await Assert.ThrowsAnyAsync<OpsException>(() => engine.PlanRestoreAsync(request));
        Assert.Equal(errorId, e.ErrorId);
        Assert.Contains($"{OptionName.AllowUnverified}", e.Hint, StringComparison.Ordinal);
        Assert.Equal(errorId, (await Assert.ThrowsAnyAsync<OpsException>(() =>
            engine.PlanRestoreAsync(request with { Backup = new BackupSelector { Latest = true } }))).ErrorId);
        Assert.Equal(before, StockTools.Hash(app));

        var plan = await engine.PlanRestoreAsync(request with { AllowUnverified = true });
        Assert.Contains("NOT verified", plan.Summary, StringComparison.Ordinal);
        var record = await engine.RestoreAsync(plan);
        Assert.Equal((RestoreStatus.Committed, true), (record.Status, record.Unverified));
        Assert.Equal(CheckStatus.Inconclusive, record.Checks[0].Status);
        Assert.True(Assert.Single(engine.ListRestores()).Unverified);
        Assert.Equal(backedUp, Commands.Dump(app));
        await engine.UndoAsync(await engine.PlanUndoAsync(new RestoreSelector { Latest = true }));
        Assert.Equal(dumped, Commands.Dump(app));
    }

    [StockFact]
    public async Task A_verified_restore_is_not_called_unverified_even_where_it_was_allowed()
    {
        using var work = new Workspace();
        var app = Sample(work);
        var set = await work.BackUpAsync(app);
        var record = await work.Engine.RestoreAsync(await work.Engine
            .PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app),
            AllowUnverified = true }));
        Assert.False(record.Unverified);
        Assert.Equal(CheckStatus.Passed, record.Checks[0].Status);
    }

    [StockFact]
    public async Task AllowUnverified_does_not_let_a_damaged_backup_through()
    {
        using var work = new Workspace();
        var app = Sample(work);
        var set = await work.EngineWith(Old).BackUpAsync(new BackupRequest { Source = new SqliteAddress(app) });
        var bytes = File.ReadAllBytes(set.BackupFile);
        bytes[^30] ^= 4;
        File.WriteAllBytes(set.BackupFile, bytes);
        var before = StockTools.Hash(app);
        await Assert.ThrowsAsync<BackupCorruptException>(() =>
            work.EngineWith(null).PlanRestoreAsync(
            new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app), AllowUnverified = true }));
        Assert.Equal(before, StockTools.Hash(app));
    }

    [StockFact]
    public void A_key_that_can_be_guessed_signs_nothing_and_is_not_repeated()
    {
        using var work = new Workspace();
        const string weak = "Kz7!q";
        var answer = PostryConsole.Run(work, ["backup", "--path", Sample(work)], new() { ["BACKUP_METADATA_HMAC_KEY"] = weak });
        Assert.Equal((1, "WeakKey"), (answer.ExitCode, answer.ErrorId));
        Assert.Contains("16 bytes", answer.Error, StringComparison.Ordinal);
        Assert.Contains("openssl rand -hex 32", answer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(weak, answer.ToString(), StringComparison.Ordinal);
        Assert.Equal(["app.db"], work.AllFiles());
        Assert.Contains("can be guessed", PostryConsole.Run(work, ["list"], new() { ["BACKUP_METADATA_HMAC_KEY"] = weak }).Error,
            StringComparison.Ordinal);
        Assert.Equal("", PostryConsole.Run(work, ["list"], new() { ["BACKUP_METADATA_HMAC_KEY"] = "sixteen-bytes-ok" }).Error);
    }

    [Theory]
    [InlineData("at least 16 bytes; openssl rand -hex 32 makes a good one", "example")]
    [InlineData("$(openssl rand -hex 32)", "example")]
    [InlineData("BACKUP_METADATA_HMAC_KEY=...", "example")]
    [InlineData("fifteen-bytes-x", "16 bytes")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "repeats")]
    [InlineData("correct horse correct horse ", "repeats")]
    [InlineData("0123456789abcdef0123456789abcdef", "repeats")]
    [InlineData("0123456789abcdefghijklmnopqrstuv", "sequence")]
    [InlineData("000102030405060708090a0b0c0d0e0f", "sequence")]
    [InlineData("AAECAwQFBgcICQoLDA0ODw==", "sequence")]
    [InlineData("axlaxllaxaalxlxaaxlxl", "8 different")]
    [InlineData("sixteen-bytes-ok", null)]
    [InlineData("correct horse battery staple", null)]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015", null)]
    [InlineData("n4bQgYhMfWWaL+qgxVrQFQ==", null)]
    [InlineData(Old, null)]
    [InlineData(New, null)]
    public void A_key_signs_only_if_it_cannot_be_guessed(string key, string? reason)
    {
        var ring = Keyring.Of(Encoding.UTF8.GetBytes(key));
        if (reason is null)
        {
            Assert.Null(ring.Warning);
            Assert.Equal(ring.All[0].Id, ring.SigningKey("app").Id);
            return;
        }

        Assert.Contains(reason, ring.Warning, StringComparison.Ordinal);
        var error = Assert.Throws<WeakKeyException>(() => ring.SigningKey("app"));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("openssl rand -hex 32", error.Hint, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task A_weak_key_still_tests_and_restores_what_it_has_signed()
    {
        using var work = new Workspace();
        var app = Sample(work);
        var weak = work.EngineWith("hunter2");
        // Only the backup that a restore makes first may be signed with a weak key: the old installation's backups were.
        var set = await weak.BackUpAsync(new BackupRequest { Source = new SqliteAddress(app), BeforeRestore = "00000000" });
        await Assert.ThrowsAsync<WeakKeyException>(() => weak.BackUpAsync(new BackupRequest { Source = new SqliteAddress(app) }));
        await Assert.ThrowsAsync<WeakKeyException>(() => weak.PlanBackupAsync(new BackupRequest { Source = new SqliteAddress(app) }));
        var dumped = Commands.Dump(app);
        Commands.Sqlite(app, "DELETE FROM t");
        Assert.Equal(CheckStatus.Passed, (await weak.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore)).Status);
        var record = await weak.RestoreAsync(await weak.PlanRestoreAsync(
            new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app) }));
        Assert.Equal((RestoreStatus.Committed, false), (record.Status, record.Unverified));
        Assert.Equal(dumped, Commands.Dump(app));
    }

    [StockFact]
    public async Task The_newest_backup_that_only_a_restore_has_made_is_named_and_not_chosen()
    {
        using var work = new Workspace();
        var made = await work.Engine.BackUpAsync(
            new BackupRequest { Source = new SqliteAddress(Sample(work)), BeforeRestore = "abcd1234" });
        var e = Assert.Throws<SourceNotFoundException>(() => work.Engine.ListBackups(new BackupQuery { Latest = true }));
        Assert.Contains($"{made.Id} was made before the restore abcd1234", e.Message, StringComparison.Ordinal);
        Assert.Contains(made.Id, e.Hint, StringComparison.Ordinal);
    }

    [RequiresFact("openssl", "od", "bash")]
    public async Task Openssl_computes_the_signature_as_the_documentation_says()
    {
        using var work = new Workspace();
        var longer = string.Concat(Enumerable.Range(100, 70));
        foreach (var key in new[] { Workspace.Key, New, "sixteen-bytes-ok", longer, "$(id) `x` \"quotes\" 'and' \\ % spaces" })
        {
            var set = await work.EngineWith(key).BackUpAsync(
                new BackupRequest { Source = new SqliteAddress(Sample(work)), Label = "ünï \"quoted\"\nline" });
            var lines = ByHand(set.ManifestFile, key);
            Assert.Matches("^[0-9a-f]{64}$", lines[0]);
            Assert.Equal(lines[0], lines[1]);
            Assert.Matches("^[0-9a-f]{16}$", lines[2]);
            Assert.Equal(lines[2], lines[3]);
            Assert.Equal(set.KeyId, lines[2]);
            Assert.Contains($"\"bytes\": {lines[4]},", lines[6], StringComparison.Ordinal);
            Assert.Contains($"\"sha256\": \"{lines[5]}\"", lines[7], StringComparison.Ordinal);

            // A changed letter makes openssl report a wrong signature, too.
            File.WriteAllText(set.ManifestFile, File.ReadAllText(set.ManifestFile).Replace("quoted", "quotes", StringComparison.Ordinal));
            lines = ByHand(set.ManifestFile, key);
            Assert.NotEqual(lines[0], lines[1]);
            Assert.Equal(lines[2], lines[3]);
        }
    }

    [StockFact]
    public async Task No_secret_is_ever_written_or_said()
    {
        using var work = new Workspace();
        const string secret = "S3cret-signing-key-0123456789abcdef";
        const string older = "0lder-secret-signing-key-fedcba";
        var app = Sample(work);
        var engine = work.EngineWith(secret, older);
        var said = new List<string>();
        var set = await engine.BackUpAsync(new BackupRequest { Source = new SqliteAddress(app), Label = "label" });
        said.Add($"{set}");
        said.Add($"{await engine.TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Restore)}");
        var plan = await engine.PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Latest = true }, Target =
            new SqliteAddress(app) });
        said.Add($"{plan}");
        said.Add($"{await engine.RestoreAsync(plan)}");
        var undo = await engine.PlanUndoAsync(new RestoreSelector { Latest = true });
        said.Add($"{undo}");
        said.Add($"{await engine.UndoAsync(undo)}");
        said.Add($"{engine} {engine.Settings} {engine.Settings.Keys} {engine.Settings.Keys.All[0]}");
        foreach (var key in new[] { older, null })
        {
            said.Add($"{await work.EngineWith(key).TestAsync(new BackupSelector { Id = set.Id }, VerificationLevel.Contents)}");
            var e = await Assert.ThrowsAnyAsync<OpsException>(() =>
                work.EngineWith(key, key is null ? [] : [secret[..^1]])
                .PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app) }));
            said.Add($"{e} {e.Hint} {e.Target}");
        }

        foreach (var arguments in new string[][] { ["list", "--verbose"], ["test", "--id", set.Id, "--verbose"],
            ["backup", "--path", app, "--verbose"], ["backup", "--path", work["none.db"], "--verbose"] })
            said.Add(PostryConsole.Run(work, arguments,
                new() { ["BACKUP_METADATA_HMAC_KEY"] = secret, ["BACKUP_METADATA_HMAC_KEY_PREVIOUS"] = older }).ToString());
        said.AddRange([.. work.Reporter.VerboseMessages, .. work.Reporter.Warnings,
            .. work.Reporter.ProgressReports.Select(report => $"{report}")]);
        foreach (var file in work.AllFiles()) said.Add(File.ReadAllText(work[file], Encoding.Latin1));

        foreach (var key in new[] { secret, older })
        {
            var bytes = Encoding.UTF8.GetBytes(key);
            foreach (var form in new[] { key, Convert.ToHexString(bytes), Convert.ToHexStringLower(bytes), Convert.ToBase64String(bytes) })
                Assert.DoesNotContain(said, text => text.Contains(form, StringComparison.Ordinal));
        }
    }

    private static string[] ByHand(string manifest, string key) => StockTools.Shell(
        $"export MANIFEST=\"$1\" BACKUP_METADATA_HMAC_KEY=\"$2\"\n{Docs.Block("manifest.md", "sh", "hmac()")}", manifest, key).TrimEnd('\n')
            .Split('\n');

    private static string Sample(Workspace work)
    {
        var app = work["app.db"];
        if (!File.Exists(app)) Commands.Sqlite(app, "CREATE TABLE t(a); INSERT INTO t VALUES (1),(2),(3);");
        return app;
    }
}
