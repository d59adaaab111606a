using System.Text;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Deployment;

/// <summary>The version that was deployed, and the tags, in every place that shows a backup, and as conditions of lists.</summary>
public sealed class DeployedBackupTests : IDisposable
{
    private readonly Workspace _work = new();

    public DeployedBackupTests() => Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a); INSERT INTO t VALUES (1)");

    public void Dispose() => _work.Dispose();

    [RequiresFact("git")]
    public async Task A_set_its_record_its_evidence_and_its_copy_say_what_was_deployed()
    {
        var repository = new GitRepository(_work.Folder);
        File.WriteAllText(_work["compose.yaml"], "services:\n  web:\n    image: shop:2.14\n");
        var commit = repository.Commit();
        repository.Git("tag", "v2.14");
        var made = await BackUpAsync("version=v2.14", "site = berlin");
        AssertDeployed(made.Tags, made.Deployed);
        var set = Assert.Single(_work.Engine.ListBackups(new BackupQuery()));
        AssertDeployed(set.Tags, set.Deployed);
        AssertDeployed(_work.Engine.FindBackup(new BackupSelector { BackupFile = set.Runtime.File }) is var archive ? archive.Tags : null,
            archive.Deployed);

        var evidence = (await _work.TestAsync(set.Id, VerificationLevel.Restore)).DrillId;
        var drill = _work.Engine.ListDrills(new DrillQuery()).Single(one => one.DrillId == evidence);
        AssertDeployed(drill.Backup!.Tags, drill.Backup.Deployed);
        var page = File.ReadAllText(Path.ChangeExtension(drill.EvidenceFile!, ".md"));
        Assert.Contains(commit, page, StringComparison.Ordinal);
        Assert.Contains("web=shop:2.14", page, StringComparison.Ordinal);
        Assert.Contains("site=berlin, version=v2.14", page, StringComparison.Ordinal);

        var later = repository.Commit();
        File.WriteAllText(_work["compose.yaml"], "services:\n  web:\n    image: shop:2.15\n");
        var plan = await _work.Engine.PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target =
            new SqliteAddress(_work["app.db"]) });
        Assert.Contains($"this was deployed: commit {commit[..12]} (tag v2.14, branch main), image web=shop:2.14.", plan.Summary,
            StringComparison.Ordinal);
        Assert.Contains($"Now another version is deployed in {_work.Folder}: commit {later[..12]} (branch main), image web=shop:2.15.",
            plan.Summary, StringComparison.Ordinal);
        AssertDeployed(plan.Backup.Tags, plan.Backup.Deployed);
        var record = await _work.Engine.RestoreAsync(plan);
        AssertDeployed(record.Tags, record.Deployed);
        record = Assert.Single(_work.Engine.ListRestores());
        AssertDeployed(record.Tags, record.Deployed);

        var copied = await _work.Engine.CopyBackupAsync(new BackupSelector { Id = set.Id },
            new CopyDestination(null, _work["nas"], CopyDestination.DefaultTimeout));
        Assert.Equal(CopyStatus.Copied, copied.Status);
        var there = new OpsEngine(_work.Settings() with { BackupRoot = _work["nas"] }, []).ListBackups(new BackupQuery());
        AssertDeployed(Assert.Single(there).Tags, there[0].Deployed);

        void AssertDeployed(IReadOnlyDictionary<string, string>? tags, DeployedVersion? deployed)
        {
            Assert.Equal(["site=berlin", "version=v2.14"], tags!.Select(tag => $"{tag.Key}={tag.Value}"));
            Assert.Equal((commit, "main"), (deployed!.Commit, deployed.Branch));
            Assert.Equal(["v2.14"], deployed.GitTags);
            Assert.Equal([new DeployedImage("web", "shop:2.14")], deployed.Images);
        }
    }

    [StockFact]
    public async Task A_set_without_any_sign_says_nothing_and_is_read_as_before()
    {
        var set = await BackUpAsync();
        Assert.Null(set.Deployed);
        Assert.Empty(set.Tags);
        Assert.DoesNotMatch("\"(tags|deployed)\"", File.ReadAllText(set.ManifestFile));
        var plan = await _work.Engine.PlanRestoreAsync(new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target =
            new SqliteAddress(_work["app.db"]) });
        Assert.DoesNotContain("deployed", plan.Summary, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task Changed_tags_are_a_changed_manifest()
    {
        var set = await BackUpAsync("version=v2.14");
        var text = File.ReadAllText(set.ManifestFile);
        foreach (var changed in new[] { text.Replace("v2.14", "v2.15"), text.Replace("\"version\"", "\"release\"") })
        {
            Assert.NotEqual(text, changed);
            File.WriteAllText(set.ManifestFile, changed);
            Assert.Equal(BackupStatus.Tampered, Assert.Single(_work.Engine.ListBackups(new BackupQuery())).Status);
            Assert.Equal(CheckStatus.Failed, (await _work.TestAsync(set.Id, VerificationLevel.Signature)).Status);
            await Assert.ThrowsAsync<SignatureMismatchException>(() => _work.RestoreAsync(set.Id, _work["app.db"]));
        }

        // A holder of the key can sign anything, but not a tag that is none.
        var key = _work.Settings().Keys.SigningKey("");
        File.WriteAllBytes(set.ManifestFile, SignedText.Sign(WithoutSignature(text.Replace("\"v2.14\"", "null")), "backup", key));
        Assert.Equal(BackupStatus.Invalid, Assert.Single(_work.Engine.ListBackups(new BackupQuery())).Status);
        // A member that this version does not know is one of a later version.
        File.WriteAllBytes(set.ManifestFile, SignedText.Sign(WithoutSignature(text.Replace("\"tags\": {",
            "\"later\": { \"a\": [1] },\n  \"tags\": {")), "backup", key));
        Assert.Equal(BackupStatus.Complete, Assert.Single(_work.Engine.ListBackups(new BackupQuery())).Status);

        static string WithoutSignature(string manifest) =>
            manifest[..manifest.IndexOf(",\n  \"signature\"", StringComparison.Ordinal)] + "\n}";
    }

    [StockTheory]
    [InlineData("version")]
    [InlineData("=v1")]
    [InlineData("version=")]
    [InlineData("version= ")]
    [InlineData("a b=1")]
    [InlineData("größe=1")]
    [InlineData("-a=1")]
    [InlineData("git=v1")]
    [InlineData("GIT=v1")]
    [InlineData("a=line\nend")]
    [InlineData("a=\u001b[31m")]
    [InlineData("a=\u202eevil")]
    [InlineData("a=1", "A=2")]
    [InlineData("url=postgresql://ada:hush-pw@db/app")]
    [InlineData("note=password=hush-pw")]
    [InlineData("key=" + Workspace.Key)]
    [InlineData("key=x" + Workspace.Key + "x")]
    [InlineData("pw=hush-of-address")]
    public async Task A_tag_that_cannot_be_kept_is_refused_before_anything_is_made(params string[] tags)
    {
        var settings = _work.Settings() with { DatabaseUrl = "postgresql://ada:hush-of-address@db/app" };
        var engine = new OpsEngine(settings, [_work.Reporter]);
        var error = await Assert.ThrowsAsync<InvalidRequestException>(async () => await engine.BackUpAsync(new BackupRequest
        {
            Source = new SqliteAddress(_work["app.db"]),
            Tags = BackupTags.Parse(tags),
        }));
        Assert.DoesNotMatch("hush|evil|" + Workspace.Key, error.Message + error.Hint);
        Assert.NotEmpty(error.Hint);
        Assert.False(Directory.Exists(Path.Combine(_work.BackupRoot, "db")));
    }

    [StockFact]
    public async Task Long_and_many_tags_are_refused_too()
    {
        Assert.Throws<InvalidRequestException>(() => BackupTags.Parse([$"{new string('k', 65)}=v"]));
        Assert.Throws<InvalidRequestException>(() => BackupTags.Parse([$"k={new string('v', 201)}"]));
        Assert.Throws<InvalidRequestException>(() => BackupTags.Parse(Enumerable.Range(0, 33).Select(i => $"k{i}=v")));
        var most = Enumerable.Range(0, 32).Select(i => $"{new string('k', 62)}{i:d2}={new string('ü', 200)}").ToArray();
        Assert.Equal(32, (await BackUpAsync(most)).Tags.Count);
        Assert.Equal("a=b = c", DeployedText.Tags((await BackUpAsync(" a = a=b = c ")).Tags)![2..]);
    }

    [StockFact]
    public async Task Tags_of_the_configuration_count_unless_the_command_says_otherwise()
    {
        File.WriteAllText(_work["postry.json"], """{ "tags": { "site": "berlin", "Stage": "production" } }""");
        Assert.Equal("site=berlin, Stage=production", DeployedText.Tags((await BackUpWithFileAsync()).Tags));
        Assert.Equal("site=berlin, stage=test, version=1",
            DeployedText.Tags((await BackUpWithFileAsync("stage=test", "version=1")).Tags));
        // The backup that a restore in place makes has none, and cannot fail for one.
        var safety = await new OpsEngine(Configured(), []).BackUpAsync(new BackupRequest
        {
            Source = new SqliteAddress(_work["app.db"]),
            BeforeRestore = "aaaaaaaa",
        });
        Assert.Empty(safety.Tags);
        // A backup that names its database goes on without the part that is wrong.
        foreach (var wrong in new[] { "\"a b\": \"c\"", "\"git\": \"v1\"", "\"a\": \"\"", "\"a\": 1", "\"a\": \"x\\ny\"",
            "\"url\": \"postgresql://ada:hush@db/app\"", "\"site\": \"a\", \"Site\": \"b\"",
            string.Join(", ", Enumerable.Range(0, 33).Select(i => $"\"k{i}\": \"v\"")) })
        {
            File.WriteAllText(_work["postry.json"], $$"""{ "tags": { {{wrong}} } }""");
            var problem = Assert.Single(Configured().Configuration.Problems);
            Assert.Equal(1, problem.Origin.Line);
            Assert.DoesNotContain("hush", problem.Message, StringComparison.Ordinal);
            Assert.Equal("a=b", DeployedText.Tags((await BackUpWithFileAsync("a=b")).Tags));
        }
    }

    [StockFact]
    public async Task What_only_resembles_a_secret_is_kept()
    {
        // The password of a test server is the name of a program, and an address without a password is none.
        var settings = _work.Settings() with { DatabaseUrl = "postgresql://ada:postgres@db/app" };
        File.WriteAllText(_work["compose.yaml"], "services:\n  db:\n    image: postgres\n");
        var set = await BackUpAsync(settings, ["image=postgres:17", "note=the token is gone"]);
        Assert.Equal("db=postgres", DeployedText.Images(set.Deployed));
        Assert.Equal(2, set.Tags.Count);
        set = await BackUpAsync(settings with { DatabaseUrl = "postgresql://ada@db/app" }, ["url=postgresql://ada@db/app"]);
        Assert.Equal("postgresql://ada@db/app", set.Tags["url"]);
        await Assert.ThrowsAsync<InvalidRequestException>(() => BackUpAsync(settings, ["a=postgres"]));
    }

    [RequiresFact("git")]
    public async Task Conditions_select_sets_by_tag_and_commit()
    {
        var repository = new GitRepository(_work.Folder);
        var one = repository.Commit();
        repository.Git("tag", "v2.13");
        var first = await BackUpAsync("version=v2.13", "path=C:\\x*");
        var two = repository.Commit();
        repository.Git("tag", "v2.14");
        repository.Git("tag", "stable");
        var second = await BackUpAsync("Version=V2.14", "site=berlin");
        AssertListed([second, first], "version=v2.*");
        AssertListed([second, first], "VERSION");
        AssertListed([second], "version=v2.14");
        AssertListed([second], "version=v2.*", "site=b?rlin");
        AssertListed([], "version=v2.13", "site=berlin");
        AssertListed([second], "git=stable");
        AssertListed([second, first], "git=v2.1?");
        AssertListed([first], "path=C:\\x*");
        AssertListed([], "nothing=*");
        Assert.Equal(first.Id, Assert.Single(_work.Engine.ListBackups(new BackupQuery { Commit = one[..8] })).Id);
        Assert.Equal(second.Id, Assert.Single(_work.Engine.ListBackups(new BackupQuery { Commit = two.ToUpperInvariant() })).Id);
        foreach (var wrong in new[] { "abc", "xyz1", "main" })
            Assert.Throws<InvalidRequestException>(() => TagCondition.ParseCommit(wrong));
        foreach (var wrong in new[] { "", "=x", "a b=c", "a=" }) Assert.Throws<InvalidRequestException>(() => TagCondition.Parse(wrong));
    }

    [RequiresFact("git")]
    public async Task Before_a_tag_are_the_sets_that_are_older_than_the_first_one_with_it()
    {
        Commands.Sqlite(_work["other.db"], "CREATE TABLE t(a)");
        var repository = new GitRepository(_work.Folder);
        repository.Commit();
        var oldest = await BackUpAsync("version=v2.12");
        var other = await _work.BackUpAsync(_work["other.db"]);
        var before = await BackUpAsync("version=v2.13");
        repository.Commit();
        repository.Git("tag", "v2.14");
        await BackUpAsync("version=v2.14");
        // The version was rolled back, and deployed again: only the first time counts.
        repository.Git("checkout", "-q", "HEAD~1");
        await BackUpAsync("version=v2.13");
        repository.Git("checkout", "-q", "v2.14");
        await BackUpAsync("version=v2.14");
        foreach (var tag in new[] { "version=v2.14", "git=v2.14", "VERSION=v2.14*" })
            Assert.Equal([before.Id, oldest.Id], Before(tag));
        Assert.Equal([oldest.Id], Before("version=v2.13"));
        Assert.Empty(Before("version=v2.12"));
        Assert.Equal(before.Id, Assert.Single(_work.Engine.ListBackups(new BackupQuery { BeforeTag = TagCondition.Parse("git=v2.14"),
            Latest = true })).Id);
        // Commands that take one backup choose the same, and a plan keeps its choice.
        var latest = new BackupSelector { Latest = true, BeforeTag = TagCondition.Parse("git=v2.14") };
        Assert.Equal(before.Id, _work.Engine.FindBackup(latest).Id);
        Assert.Equal(before.Id, (await PlanAsync(latest, "app.db")).Backup.Id);
        Assert.Equal(before.Id, (await _work.Engine.TestAsync(latest, VerificationLevel.Signature)).Id);
        await Assert.ThrowsAsync<SourceNotFoundException>(() => PlanAsync(latest, "other.db"));
        await Assert.ThrowsAsync<SourceNotFoundException>(() => PlanAsync(
            latest with { BeforeTag = TagCondition.Parse("version=v2.12") }, "app.db"));
        // Of the other database nothing is known.
        Assert.DoesNotContain(other.Id, Before("version=*"));
        foreach (var query in new[] { new BackupQuery { BeforeTag = TagCondition.Parse("version=v9") },
            new BackupQuery { BeforeTag = TagCondition.Parse("version=v2.14"), Database = "other" } })
        {
            var error = Assert.Throws<SourceNotFoundException>(() => _work.Engine.ListBackups(query));
            Assert.Contains(query.BeforeTag!.ToString(), error.Message, StringComparison.Ordinal);
        }

        // A manifest that was changed does not move the beginning.
        var signed = File.ReadAllText(oldest.ManifestFile);
        foreach (var changed in new[] { signed.Replace("v2.12", "v2.14", StringComparison.Ordinal), "{" })
        {
            File.WriteAllText(oldest.ManifestFile, changed);
            Assert.Contains(before.Id, Before("version=v2.14"));
            // But it may have had the tag before it was changed, so that nothing is chosen for the operator.
            var doubt = await Assert.ThrowsAsync<AmbiguousBackupException>(() => PlanAsync(latest, "app.db"));
            Assert.Contains(oldest.ManifestFile, doubt.Message, StringComparison.Ordinal);
            Assert.Throws<AmbiguousBackupException>(() => _work.Engine.ListBackups(new BackupQuery
            {
                BeforeTag = TagCondition.Parse("git=v2.14"), Latest = true,
            }));
        }

        File.WriteAllText(oldest.ManifestFile, signed);

        // A tag of several databases names no moment.
        await BackUpAsync(_work.Settings(), ["version=v2.14"], "other.db");
        Assert.Throws<AmbiguousBackupException>(() =>
            _work.Engine.FindBackup(latest with { BeforeTag = TagCondition.Parse("version=v2.14") }));
        Assert.Equal(before.Id, _work.Engine.FindBackup(latest with { Database = "app" }).Id);

        Task<RestorePlan> PlanAsync(BackupSelector selector, string target) => _work.Engine.PlanRestoreAsync(
            new RestoreRequest { Backup = selector, Target = new SqliteAddress(_work[target]) });

        string[] Before(string tag) =>
            [.. _work.Engine.ListBackups(new BackupQuery { BeforeTag = TagCondition.Parse(tag) }).Select(set => set.Id)];
    }

    private void AssertListed(BackupSet[] expected, params string[] tags) => Assert.Equal(expected.Select(set => set.Id),
        _work.Engine.ListBackups(new BackupQuery { Tags = TagCondition.Parse(tags) }).Select(set => set.Id));

    private Task<BackupSet> BackUpAsync(params string[] tags) => BackUpAsync(_work.Settings(), tags);

    private Task<BackupSet> BackUpWithFileAsync(params string[] tags) => BackUpAsync(Configured(), tags);

    private Task<BackupSet> BackUpAsync(OpsSettings settings, string[] tags, string database = "app.db") =>
        new OpsEngine(settings, [_work.Reporter]).BackUpAsync(
            new BackupRequest { Source = new SqliteAddress(_work[database]), Tags = BackupTags.Parse(tags) });

    private OpsSettings Configured() =>
        OpsSettings.Resolve(_work.Folder, null, Encoding.UTF8.GetBytes(Workspace.Key), _work.Folder, _ => null);
}
