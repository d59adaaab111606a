using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Operations;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Configuration;

/// <summary>The effective settings, as Get-PostryConfiguration shows them.</summary>
public sealed class EffectiveSettingsTests : IDisposable
{
    private const string Other = "*** (does not begin with postgres or sqlite)";

    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public void Parameter_then_environment_then_file_then_default()
    {
        var other = Directory.CreateDirectory(_work["other"]).FullName;
        Write("{\n  \"backupRoot\": \"from-file\",\n  \"objectives\": { \"rpo\": \"3h\",\n    \"rto\": \"5m\" }\n}");
        File.WriteAllText(Path.Combine(other, "postry.json"), "{ }");

        Assert.Equal((other, SettingSource.Parameter, $"{OptionName.RepoRoot}"),
            Of(List(repoRoot: other, environment: ("BACKUP_REPO_ROOT", _work.Folder)), "RepoRoot"));
        Assert.Equal((other, SettingSource.Environment, "BACKUP_REPO_ROOT"),
            Of(List(environment: ("BACKUP_REPO_ROOT", other)), "RepoRoot"));
        Assert.Equal(SettingSource.File, Of(List(), "RepoRoot").Source);

        (string, string)[] variables = [("POSTRY_BACKUP_ROOT", "from-variable"), ("POSTRY_OBJECTIVES_RPO", "2h")];
        Assert.Equal((_work["given"], SettingSource.Parameter, $"{OptionName.BackupRoot}"),
            Of(List(backupRoot: "given", environment: variables), "BackupRoot"));
        var withVariables = List(environment: variables);
        Assert.Equal((_work["from-variable"], SettingSource.Environment, "POSTRY_BACKUP_ROOT"), Of(withVariables, "BackupRoot"));
        Assert.Equal(("2h", SettingSource.Environment, "POSTRY_OBJECTIVES_RPO"), Of(withVariables, "objectives.rpo"));
        var withFile = List();
        Assert.Equal((_work["from-file"], SettingSource.File, "postry.json, line 2"), Of(withFile, "BackupRoot"));
        Assert.Equal(("3h", SettingSource.File, "postry.json, line 3"), Of(withFile, "objectives.rpo"));
        Assert.Equal(("5m", SettingSource.File, "postry.json, line 4"), Of(withFile, "objectives.rto"));
        Assert.Equal(("100MB", SettingSource.Default, ""), Of(withFile, "objectives.maximumSize"));
        Assert.Equal(("90%", SettingSource.Default, ""), Of(withFile, "objectives.disk.criticalUsed"));
        Assert.Equal("MAINTENANCE_MODE, DATABASE_URL, BACKUP_METADATA_HMAC_KEY", Of(withFile, "runtime.keepOnRestore").Value);

        File.Delete(_work["postry.json"]);
        Assert.Equal((_work["backups"], SettingSource.Default, ""), Of(List(), "BackupRoot"));
        Assert.Equal((_work.Folder, SettingSource.Default, ""), Of(List(), "RepoRoot"));
    }

    [Fact]
    public void Databases_and_lists_are_shown_value_by_value()
    {
        Write("""
            { "databases": { "app": { "path": "a.db" }, "shop.eu": { "urlVariable": "SHOP_URL" } },
              "smoke": { "http": [{ "url": "http://127.0.0.1/health" },
                { "url": "http://127.0.0.1/login", "expectStatus": 200 }] } }
            """);
        var settings = List(environment: ("SHOP_URL", "postgresql://shop:hunter2@db/shop"));
        Assert.Equal(("a.db", SettingSource.File, "postry.json, line 1"), Of(settings, "databases.app.path"));
        Assert.Equal(("auto", SettingSource.Default, ""), Of(settings, "databases.app.mode"));
        Assert.Equal(("postgresql://shop:***@db:5432/shop", SettingSource.Environment, "SHOP_URL"),
            Of(settings, "databases['shop.eu'].url"));
        Assert.Equal(("http://127.0.0.1/login", SettingSource.File, "postry.json, line 3"), Of(settings, "smoke.http[1].url"));
        Assert.Equal(("2xx", SettingSource.Default, ""), Of(settings, "smoke.http[0].expectStatus"));
        Assert.Equal(("", "SHOP_URL is not set"), Of(List(), "databases['shop.eu'].url") is var unset ? (unset.Value, unset.Detail)
            : default);
    }

    [Theory]
    [InlineData("postgresql://app:hunter2@db/app", "postgresql://app:***@db:5432/app")]
    [InlineData("postgresql://app@db/app", "postgresql://app@db:5432/app")]
    [InlineData("host=db dbname=app user=app password=hunter2", "postgresql://app:***@db:5432/app", Other)]
    [InlineData("Host=db;Database=app;Username=app;Password=hunter2", "postgresql://app:***@db:5432/app", Other)]
    [InlineData("jdbc:postgresql://db/app?user=app&password=hunter2", "postgresql://app:***@db:5432/app", Other)]
    [InlineData("postgresql://app:hunter2/@odd@db/app?x=hunter2", "*** (no address of a PostgreSQL or SQLite database)")]
    [InlineData("mysql://app:hunter2@db/app", "*** (no address of a PostgreSQL or SQLite database)", Other)]
    [InlineData("hunter2", "*** (no address of a PostgreSQL or SQLite database)", Other)]
    [InlineData("sqlite:///app.db", "sqlite:///app.db")]
    [InlineData("sqlite:///app.db?key=hunter2", "sqlite:///app.db?***")]
    public void A_secret_occurs_nowhere(string url, string shown, string? asDatabaseUrl = null)
    {
        const string Key = "hunter2-hunter2-hunter2-hunter2";
        Write("""{ "databases": { "app": { "urlVariable": "APP_URL", "hooks": { "beforeSwap": "PGPASSWORD=hunter2 psql -c stop 'postgresql://a:hunter2@b/c' 'postgresql://a:p@hunter2@b/c' 'https://b/?key=hunter2'", "afterSwap": "curl -H 'Authorization: Bearer hunter2' --data token=hunter2" } } } }""");
        var settings = List(environment: [("DATABASE_URL", url), ("APP_URL", url), ("BACKUP_METADATA_HMAC_KEY", Key),
            ("BACKUP_METADATA_HMAC_KEY_PREVIOUS", "hunter2,hunter2b")]);
        Assert.Equal((asDatabaseUrl ?? shown, SettingSource.Environment, "DATABASE_URL"), Of(settings, "DatabaseUrl"));
        // A setting is shown as usable if and only if a command accepts it.
        var refused = Record.Exception(() => new DatabaseChoice()
            .Choose(Settings(environment: ("DATABASE_URL", url)) with { Configuration = OpsConfiguration.Default }));
        Assert.Equal((asDatabaseUrl ?? shown).StartsWith("***", StringComparison.Ordinal), refused is not null);
        if (asDatabaseUrl is not null) Assert.Contains("DATABASE_URL does not begin with postgres or sqlite", refused!.Message);
        Assert.Equal((shown, SettingSource.Environment, "APP_URL"), Of(settings, "databases.app.url"));
        Assert.Equal(SettingSource.Environment, Of(settings, "IntegrityKey").Source);
        Assert.StartsWith("PGPASSWORD=***", Of(settings, "databases.app.hooks.beforeSwap").Value);
        Assert.All(settings, setting => Assert.DoesNotContain("hunter2", setting.ToString()));
    }

    [Theory]
    [InlineData("docker compose stop backend", "docker ***")]
    [InlineData("mysql -uroot -phunter2 shop", "mysql ***")]
    [InlineData("curl -u a:hunter2 https://b/c", "curl ***")]
    [InlineData("A=1 TOKEN='hunter2 hunter2' /opt/stop.sh", "A=*** TOKEN=*** /opt/stop.sh")]
    [InlineData("TOKEN=$(echo hunter2 hunter2) x", "***")]
    [InlineData("TOKEN=\"$(echo hunter2 hunter2)\" x", "***")]
    [InlineData("'my program' hunter2", "***")]
    [InlineData("stop&&curl hunter2", "stop ***")]
    [InlineData("stop\nhunter2", "stop ***")]
    public void Of_a_command_only_the_program_is_shown(string command, string shown)
    {
        Write($$"""{ "databases": { "app": { "path": "a.db", "hooks": { "afterSwap": {{System.Text.Json.JsonSerializer.Serialize(command)}} } } } }""");
        Assert.Equal(shown, Of(List(), "databases.app.hooks.afterSwap").Value);
    }

    [Theory]
    [InlineData("mysql -uroot -phunter2 shop", "mysql -uroot -p*** shop")]
    [InlineData("a; /usr/bin/mysqldump -h db -p'hunter2' shop | gzip", "a; /usr/bin/mysqldump -h db -p*** shop | gzip")]
    [InlineData("curl -fsS -u a:hunter2 https://b/c", "curl -fsS -u a:*** https://b/c")]
    [InlineData("curl --user 'a:hunter2' https://b/c", "curl --user 'a:***' https://b/c")]
    [InlineData("curl -sua:hunter2 b", "curl -sua:*** b")]
    [InlineData("sshpass -p hunter2 ssh b; redis-cli -h b -a hunter2 flushall", "sshpass -p *** ssh b; redis-cli -h b -a *** flushall")]
    [InlineData("docker login --password hunter2 b", "docker login --password *** b")]
    [InlineData("mysql -p shop", "mysql -p shop")]
    [InlineData("docker run -u 1000:1000 -p 8000:8000 app", "docker run -u 1000:1000 -p 8000:8000 app")]
    [InlineData("curl --fail https://b:8000/c; docker exec -u app:app b", "curl --fail https://b:8000/c; docker exec -u app:app b")]
    [InlineData("mkdir -p /srv/mysql && cp -pr a b", "mkdir -p /srv/mysql && cp -pr a b")]
    [InlineData("ssh -p 22 mysql systemctl stop app", "ssh -p 22 mysql systemctl stop app")]
    public void The_plan_masks_what_is_a_password_to_well_known_programs(string command, string shown) =>
        Assert.Equal(shown, SecretMask.Text(command));

    [Fact]
    public void The_key_says_where_it_came_from()
    {
        Assert.Equal(("", SettingSource.Default, "BACKUP_METADATA_HMAC_KEY is not set"), Of(List(), "IntegrityKey"));
        File.WriteAllText(_work["key"], "the key in the file");
        var fromFile = Of(List(environment: ("BACKUP_METADATA_HMAC_KEY_FILE", _work["key"])), "IntegrityKey");
        Assert.Equal((SettingSource.Environment, "BACKUP_METADATA_HMAC_KEY_FILE"), (fromFile.Source, fromFile.Detail));
        var given = OpsSettings.Resolve(null, null, Encoding.UTF8.GetBytes("the key as a parameter"), _work.Folder, _ => null);
        var parameter = Of(new OpsEngine(given, [_work.Reporter]).ListSettings(), "IntegrityKey");
        Assert.Equal((SettingSource.Parameter, $"{OptionName.IntegrityKey}"), (parameter.Source, parameter.Detail));
        Assert.DoesNotContain("parameter", parameter.Value);
    }

    [Fact]
    public void A_backup_root_that_is_not_known_is_never_the_default()
    {
        Write("""{ "backupRot": "elsewhere" }""");
        Assert.Throws<ConfigurationInvalidException>(() => Settings());
        Write("{ \"backupRoot\": \"elsewhere\"");
        Assert.Throws<ConfigurationInvalidException>(() => Settings());
        Assert.Equal(_work["given"], Settings(backupRoot: "given").BackupRoot);
        Write("""{ "backupRoot": "elsewhere", "notifications": 1 }""");
        Assert.Equal(_work["elsewhere"], Settings().BackupRoot);
        Assert.Throws<ConfigurationInvalidException>(() => List());
        Assert.Equal(RuntimeDefaults, Settings().Runtime.Include);
    }

    private static IReadOnlyList<string> RuntimeDefaults => OpsConfiguration.Default.Runtime.Include;

    private void Write(string text) => File.WriteAllText(_work["postry.json"], text);

    private OpsSettings Settings(string? repoRoot = null, string? backupRoot = null, params (string Name, string Value)[] environment) =>
        OpsSettings.Resolve(repoRoot, backupRoot, null, _work.Folder, name => environment.FirstOrDefault(pair => pair.Name == name).Value);

    private IReadOnlyList<EffectiveSetting> List(string? repoRoot = null, string? backupRoot = null,
        params (string Name, string Value)[] environment) =>
        new OpsEngine(Settings(repoRoot, backupRoot, environment), [_work.Reporter]).ListSettings();

    private static (string Value, SettingSource Source, string Detail) Of(IReadOnlyList<EffectiveSetting> settings, string name) =>
        Assert.Single(settings, setting => setting.Name == name) is var one ? (one.Value, one.Source, one.Detail) : default;
}
