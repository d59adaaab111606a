using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Configuration;

/// <summary>The meaning of a configuration file.</summary>
public sealed class ReadingTests
{
    [Fact]
    public void Every_value_arrives()
    {
        var configuration = ConfigurationText.Read("""
            // A comment, and commas at the ends.
            {
              "$schema": "./postry.schema.json",
              "backupRoot": "/mnt/backups",
              "databases": {
                "app": { "path": "data/app.db", "mode": "sqlite", "hooks": { "beforeSwap": "stop", "afterSwap": "start", "timeout": "2m" } },
                "shop": { "urlVariable": "SHOP_URL", "schemas": ["a"], "excludeSchemas": ["b"], "excludeTableData": ["c"], "profile": "supabase" },
                "wiki": { "url": "postgresql://wiki@db:5433/wiki", "mode": "postgres", },
              },
              "runtime": { "enabled": false, "include": ["a"], "exclude": [], "required": ["b"], "keepOnRestore": ["C"] },
              "objectives": { "rpo": "12h", "rto": "90s", "maximumSize": "2GiB", "disk": { "minimumFree": "40%", "warnUsed": "70%", "criticalUsed": "75%" } },
              "retention": { "keepLast": 5, "keepDaily": 30, "keepWeekly": 8, "keepMonthly": 12, "keepYearly": 2, "keepWithin": "14d", "keepWithinHourly": "48h", "minimumAge": "3d", "timeZone": "Europe/Berlin" },
              "smoke": {
                "http": [{ "url": "http://127.0.0.1:8000/health", "name": "health", "expectStatus": 200, "expectText": "ok", "bearerTokenVariable": "T", "timeout": "3s" }],
                "sql": [{ "query": "SELECT 1", "name": "one", "database": "app", "expectValue": "1", "minimumRows": 1, "timeout": "4s" },
                  { "query": "SELECT 2", "atLeast": 1.5, "atMost": 3, "maximumRows": 9, "expectRows": true, "gradeColumn": "status", "failWhen": "ALERT*", "after": ["one"] }],
                "tables": [{ "table": "posts", "database": "shop", "columns": ["user_id", "email"], "minimumRows": 2, "atLeastBackup": "90%", "after": ["one"], "timeout": "6s" }],
                "freshness": [{ "name": "new", "table": "posts", "column": "created_at", "database": "app", "maximumAge": "24h", "after": ["one"], "timeout": "7s" }, { "backup": true, "maximumAge": "2d" }],
                "monitoring": { "url": "http://127.0.0.1:8000/v1/summary?window=24h", "bearerTokenVariable": "M", "maximumErrorRate": "2%", "timeout": "5s" },
              },
              "notifications": {
                "email": [{ "to": ["ops@example.org"], "from": "postry@example.org", "smtpHost": "mail", "smtpPort": 25, "userVariable": "U", "passwordVariable": "P", "on": ["diskSpace"] }],
                "webhook": [{ "urlVariable": "HOOK", "format": "json", "on": ["backupDone"] }],
                "events": [{ "routingKeyVariable": "KEY", "url": "https://events.example.org/enqueue", "afterFailures": 3, "on": ["backupFailed"] }],
              },
            }
            """);
        Assert.Empty(configuration.Problems);
        Assert.Equal("/mnt/backups", configuration.BackupRoot);
        Assert.Equal(["app", "shop", "wiki"], configuration.Databases.Keys);
        Assert.Equal(new HookCommands { BeforeSwap = "stop", AfterSwap = "start", Timeout = TimeSpan.FromMinutes(2) },
            configuration.Databases["app"].Hooks);
        Assert.Equal(("app", "data/app.db", DatabaseMode.Sqlite),
            (configuration.Databases["app"].Name, configuration.Databases["app"].Path, configuration.Databases["app"].Mode));
        var shop = configuration.Databases["shop"];
        Assert.Equal(("SHOP_URL", BackupProfile.Supabase, null), (shop.UrlVariable, shop.Profile, shop.Mode));
        Assert.Equal([["a"], ["b"], ["c"]], [shop.Schemas, shop.ExcludeSchemas, shop.ExcludeTableData]);
        Assert.Equal(("postgresql://wiki@db:5433/wiki", DatabaseMode.Postgres),
            (configuration.Databases["wiki"].Url, configuration.Databases["wiki"].Mode));
        var runtime = configuration.Runtime;
        Assert.False(runtime.Enabled);
        Assert.Equal([["a"], [], ["b"], ["MAINTENANCE_MODE", "DATABASE_URL", "BACKUP_METADATA_HMAC_KEY", "C"]],
            [runtime.Include, runtime.Exclude, runtime.Required, runtime.KeepOnRestore]);
        Assert.Equal(new Objectives { Rpo = TimeSpan.FromHours(12), Rto = TimeSpan.FromSeconds(90), MaximumSize = 2L << 30, Disk =
            new() { MinimumFree = 40, WarnUsed = 70, CriticalUsed = 75 } }, configuration.Objectives);
        Assert.Equal(new RetentionPolicy { KeepLast = 5, KeepDaily = 30, KeepWeekly = 8, KeepMonthly = 12, KeepYearly = 2, KeepWithin =
            TimeSpan.FromDays(14), KeepWithinHourly = TimeSpan.FromHours(48), MinimumAge = TimeSpan.FromDays(3), TimeZone =
            "Europe/Berlin" }, configuration.Retention);
        Assert.Equal(new HttpCheck { Url = "http://127.0.0.1:8000/health", Name = "health", ExpectStatus = "200", ExpectText = "ok",
            BearerTokenVariable = "T", Timeout = TimeSpan.FromSeconds(3) }, Assert.Single(configuration.Smoke.Http));
        Assert.Equal(new SqlCheck { Query = "SELECT 1", Name = "one", Database = "app", ExpectValue = "1", MinimumRows = 1, Timeout =
            TimeSpan.FromSeconds(4) }, configuration.Smoke.Sql[0]);
        var graded = configuration.Smoke.Sql[1];
        Assert.Equal((1.5m, 3m, 9, true, "status", "ALERT*", "one"), (graded.AtLeast, graded.AtMost, graded.MaximumRows, graded.ExpectRows,
            graded.GradeColumn, graded.FailWhen, Assert.Single(graded.After)));
        var table = Assert.Single(configuration.Smoke.Tables);
        Assert.Equal(("posts", "shop", 2, 90, "one", TimeSpan.FromSeconds(6)), (table.Table, table.Database, table.MinimumRows,
            table.AtLeastBackup, Assert.Single(table.After), table.Timeout));
        var (column, newest) = (configuration.Smoke.Freshness[0], configuration.Smoke.Freshness[1]);
        Assert.Equal(("new", "posts", "created_at", "app", false, TimeSpan.FromHours(24), "one", TimeSpan.FromSeconds(7)), (column.Name,
            column.Table, column.Column, column.Database, column.Backup, column.MaximumAge, Assert.Single(column.After), column.Timeout));
        Assert.Equal((true, TimeSpan.FromDays(2)), (newest.Backup, newest.MaximumAge));
        Assert.Equal(["user_id", "email"], table.Columns);
        Assert.Equal(new MonitoringCheck { Url = "http://127.0.0.1:8000/v1/summary?window=24h", BearerTokenVariable = "M",
            MaximumErrorRate = 2, Timeout = TimeSpan.FromSeconds(5) }, configuration.Smoke.Monitoring);
        var email = Assert.Single(configuration.Notifications.Email);
        Assert.Equal(("ops@example.org", "postry@example.org", "mail", 25, "U", "P", NotificationOccasion.DiskSpace),
            (email.To[0], email.From, email.SmtpHost, email.SmtpPort, email.UserVariable, email.PasswordVariable, email.On[0]));
        var webhook = Assert.Single(configuration.Notifications.Webhook);
        Assert.Equal(("HOOK", WebhookFormat.Json, NotificationOccasion.BackupDone),
            (webhook.UrlVariable, webhook.Format, Assert.Single(webhook.On)));
        var events = Assert.Single(configuration.Notifications.Events);
        Assert.Equal(("KEY", "https://events.example.org/enqueue", 3, NotificationOccasion.BackupFailed),
            (events.RoutingKeyVariable, events.Url, events.AfterFailures, Assert.Single(events.On)));
    }

    [Fact]
    public void What_nobody_says_has_its_default()
    {
        foreach (var configuration in new[] { ConfigurationText.Read("{}"), ConfigurationText.Read((byte[]?)null),
            OpsConfiguration.Default })
        {
            Assert.Empty(configuration.Problems);
            Assert.Null(configuration.BackupRoot);
            Assert.Empty(configuration.Databases);
            Assert.True(configuration.Runtime.Enabled);
            Assert.Equal([".env", "backend/.env", ".env.*", "docker-compose*.yml", "compose*.yaml", "backend/alembic.ini", "scripts/**"],
                configuration.Runtime.Include);
            Assert.Equal(["**/*.example"], configuration.Runtime.Exclude);
            Assert.Equal(["MAINTENANCE_MODE", "DATABASE_URL", "BACKUP_METADATA_HMAC_KEY"], configuration.Runtime.KeepOnRestore);
            Assert.Equal((TimeSpan.FromHours(24), TimeSpan.FromMinutes(60), 100_000_000, 50, 80, 90),
                (configuration.Objectives.Rpo, configuration.Objectives.Rto,
                configuration.Objectives.MaximumSize, configuration.Objectives.Disk.MinimumFree, configuration.Objectives.Disk.WarnUsed,
                configuration.Objectives.Disk.CriticalUsed));
            Assert.Equal(3, configuration.Retention.KeepLast);
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"postgresql://db/app\"")]
    public void A_file_that_is_no_object_is_a_problem_like_any_other(string text)
    {
        using var work = new Workspace();
        File.WriteAllText(work["postry.json"], text);
        Assert.Throws<ConfigurationInvalidException>(() => OpsSettings.Resolve(null, null, null, work.Folder, _ => null));
        Assert.Equal(work["kept"], OpsSettings.Resolve(null, work["kept"], null, work.Folder, _ => null).BackupRoot);
    }

    [Theory]
    [InlineData("postgresql://app:hunter2@db/app")]
    [InlineData("postgres+psycopg://app:hunter2/with@odd#signs@db/app")]
    [InlineData("postgresql://db/app?password=hunter2")]
    [InlineData("host=db dbname=app password=hunter2")]
    [InlineData("Host=db;Database=app;Username=app;Password=hunter2")]
    [InlineData("sqlite:///app.db?password=hunter2")]
    [InlineData("mysql://app:hunter2@db/app")]
    [InlineData("hunter2")]
    public void A_password_in_the_file_is_refused_and_never_repeated(string url)
    {
        var problem = ConfigurationText.ProblemAt($$"""{ "databases": { "app": { "url": ^"{{url}}" } } }""");
        Assert.DoesNotContain("hunter2", problem.ToString());
        foreach (var other in new[] { """{ "databases": { ^"postgresql://app:hunter2@db/app": { "path": "a.db" } } }""", """{ ^"postgresql://app:hunter2@db/app": 1 }""", $$"""{ "smoke": { "http": [{ "url": ^"https://ops:hunter2@host/" }] } }""", """{ "notifications": { "webhook": [{ "urlVariable": ^"https://hooks.example.org/hunter2" }] } }""",
            """{ "objectives": { "rpo": ^"hunter2" } }""", """{ "databases": { "app": { "path": "a.db", "mode": ^"hunter2" } } }""", """{ "backupRoot": ^hunter2 }""", """{ "backupRoot": ^thunter2 }""" })
            Assert.DoesNotContain("hunter2", ConfigurationText.ProblemAt(other).ToString());
    }

    [Fact]
    public void What_is_broken_cannot_be_read_and_the_rest_can()
    {
        var configuration = ConfigurationText.Read("""{ "backupRoot": "b", "notificatons": { }, "runtime": { "include": "scripts" }, "nonsense": 1 }""");
        Assert.Equal("b", configuration.BackupRoot);
        Assert.Equal(3, configuration.Retention.KeepLast);
        Assert.Throws<ConfigurationInvalidException>(() => configuration.Notifications);
        Assert.Throws<ConfigurationInvalidException>(() => configuration.Runtime);
        Assert.True(configuration.IsValid(ConfigurationSections.Databases | ConfigurationSections.Smoke));
        Assert.False(ConfigurationText.Read("{").IsValid(ConfigurationSections.Databases));
        Assert.False(ConfigurationText.Read("""{ "nonsense": 1 }""").IsValid(ConfigurationSections.All));
    }

    [Fact]
    public void The_environment_is_above_the_file()
    {
        const string File = """{ "backupRoot": "file", "runtime": { "include": ["file"] }, "objectives": { "rpo": "1h", "disk": { "warnUsed": "60%" } }, "retention": { "keepDaily": 3 } }""";
        var configuration = ConfigurationText.Read(File, ("POSTRY_BACKUP_ROOT", "variable"), ("POSTRY_RUNTIME_INCLUDE", "a, b/**\nc"),
            ("POSTRY_RUNTIME_ENABLED", "0"),
            ("POSTRY_OBJECTIVES_RTO", "5m"), ("POSTRY_OBJECTIVES_DISK_CRITICAL_USED", "95%"), ("POSTRY_RETENTION_KEEP_DAILY", "9"),
            ("POSTRY_RUNTIME_KEEP_ON_RESTORE", "X"));
        Assert.Empty(configuration.Problems);
        Assert.Equal("variable", configuration.BackupRoot);
        Assert.Equal(["a", "b/**", "c"], configuration.Runtime.Include);
        Assert.Equal(["MAINTENANCE_MODE", "DATABASE_URL", "BACKUP_METADATA_HMAC_KEY", "X"], configuration.Runtime.KeepOnRestore);
        Assert.False(configuration.Runtime.Enabled);
        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromMinutes(5)), (configuration.Objectives.Rpo, configuration.Objectives.Rto));
        Assert.Equal((60, 95), (configuration.Objectives.Disk.WarnUsed, configuration.Objectives.Disk.CriticalUsed));
        Assert.Equal(9, configuration.Retention.KeepDaily);
        Assert.Equal("variable", ConfigurationText.Read((byte[]?)null, ("POSTRY_BACKUP_ROOT", "variable")).BackupRoot);
    }

    [Fact]
    public void A_variable_that_is_wrong_is_named_and_one_that_is_right_does_not_hide_what_is_wrong_in_the_file()
    {
        var wrong = ConfigurationText.Read("{}", ("POSTRY_OBJECTIVES_RPO", "hunter2"));
        Assert.Equal("POSTRY_OBJECTIVES_RPO", Assert.Single(wrong.Problems).Origin.ToString());
        Assert.DoesNotContain("hunter2", Assert.Throws<ConfigurationInvalidException>(() => wrong.Objectives).Message);
        Assert.Equal(SettingSource.File, Assert.Single(ConfigurationText.Read("""{ "objectives": { "rpo": "soon" } }""", ("POSTRY_OBJECTIVES_RPO", "1h")).Problems).Origin.Source);
        Assert.Single(ConfigurationText.Read("""{ "objectives": 7 }""", ("POSTRY_OBJECTIVES_RPO", "1h")).Problems);
    }

    [Theory]
    [InlineData("POSTRY_RETENTION_KEEP_DAY", "POSTRY_RETENTION_KEEP_DAILY")]
    [InlineData("POSTRY_RETENTION_KEEPDAILY", "POSTRY_RETENTION_KEEP_DAILY")]
    [InlineData("POSTRY_RETENSION_KEEP_LAST", "POSTRY_RETENTION_KEEP_LAST")]
    [InlineData("POSTRY_KEEP_LAST", "POSTRY_RETENTION_KEEP_LAST")]
    [InlineData("POSTRY_BACKUPROOT", "POSTRY_BACKUP_ROOT")]
    [InlineData("POSTRY_RPO", "POSTRY_OBJECTIVES_RPO")]
    [InlineData("POSTRY_PGBIN", "POSTRY_PG_BIN")]
    public void A_mistyped_variable_is_told_with_the_one_that_was_meant_and_stops_nothing(string name, string meant)
    {
        var configuration = ConfigurationText.Read("{}", (name, "hunter2"));
        Assert.Equal($"{name}: There is no such variable; did you mean {meant}?", Assert.Single(configuration.Problems).ToString());
        Assert.Contains(meant, configuration.Warning);
        Assert.DoesNotContain("hunter2", configuration.Warning);
        configuration.Require(ConfigurationSections.All);
    }

    [Fact]
    public void A_variable_that_is_right_or_somebody_elses_is_not_told() => Assert.Null(ConfigurationText.Read("{}",
        ("POSTRY_PG_BIN", "/x"), ("POSTRY_HOOK", "afterSwap"), ("POSTRY_TARGET", "x"), ("POSTRY_TARGET_URL", "x"),
        ("POSTRY_RETENTION_KEEP_DAILY", "3"), ("POSTRY_OBJECTIVES_DISK_WARN_USED", "70%"),
        ("POSTRY_COLOUR", "red"), ("POSTRY_STAGED_MODULE", "/x"), ("POSTRY_TEST_SEED", "1"), ("POSTRY_LONG_TESTS", "1"),
        ("POSTRY_PWSH", "/x"), ("POSTRY_WRITE_SCHEMA", "1"), ("PGPORT", "1")).Warning);
}
