using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Sqlite;

/// <summary>Rows that break a rule of their own schema are data; an index that does not fit its table is damage, whatever it is
/// called.</summary>
public sealed class BrokenRulesTests
{
    [StockTheory]
    [InlineData("plain")]
    [InlineData("NULL value in t.a")]
    [InlineData("a value in b")]
    public async Task An_index_that_holds_other_values_fails_the_test_whatever_its_name_and_is_made_anew_by_a_restore(string index)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app,
            $"CREATE TABLE t(a); CREATE INDEX \"{index}\" ON t(a); INSERT INTO t VALUES (1); CREATE TABLE keep AS SELECT * FROM " +
            $"sqlite_master WHERE type='index';");
        Commands.Sqlite(app, "PRAGMA writable_schema=ON; DELETE FROM sqlite_master WHERE type='index';");
        Commands.Sqlite(app, "UPDATE t SET a = 2;");
        Commands.Sqlite(app, "PRAGMA writable_schema=ON; INSERT INTO sqlite_master SELECT * FROM keep;");
        Assert.Contains("missing from index", Commands.Sqlite(app, "PRAGMA integrity_check"), StringComparison.Ordinal);
        var set = await work.BackUpAsync(app);
        var report = await work.TestAsync(set.Id, VerificationLevel.Contents);
        Assert.Equal(CheckStatus.Failed, report.Checks.Single(check => check.Name == "Integrity check").Status);
        Assert.Equal(CheckStatus.Failed, report.Status);

        // The rows are all there and proven, so an operator can restore the set if necessary, but without that index.
        File.Delete(app);
        var record = await work.RestoreAsync(set.Id, app);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Contains(index, Assert.Single(record.Checks, check => check.Name == "Indexes made anew").Detail, StringComparison.Ordinal);
        Assert.Equal("ok\n2", Commands.Sqlite(app, $"PRAGMA integrity_check; SELECT a FROM t INDEXED BY \"{index}\" WHERE a > 0"));
    }

    [StockFact]
    public async Task Many_rows_that_break_a_rule_do_not_hide_an_index_that_holds_other_values()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app,
            "CREATE TABLE t(a); CREATE INDEX i ON t(a); INSERT INTO t VALUES (1); CREATE TABLE keep AS SELECT * FROM sqlite_master WHERE " +
            "type='index'; CREATE TABLE n(a); INSERT INTO n SELECT NULL FROM generate_series(1,150);");
        Commands.Sqlite(app,
            "PRAGMA writable_schema=ON; DELETE FROM sqlite_master WHERE type='index'; UPDATE sqlite_master SET sql='CREATE TABLE n(a NOT " +
            "NULL)' WHERE name='n';");
        Commands.Sqlite(app, "UPDATE t SET a = 2;");
        Commands.Sqlite(app, "PRAGMA writable_schema=ON; INSERT INTO sqlite_master SELECT * FROM keep;");
        // The check's own limit is used up before it comes to the index.
        Assert.DoesNotContain("missing from index", Commands.Sqlite(app, "PRAGMA integrity_check(100)"), StringComparison.Ordinal);
        Assert.Contains("missing from index", Commands.Sqlite(app, "PRAGMA integrity_check(1000)"), StringComparison.Ordinal);
        var set = await work.BackUpAsync(app);
        var report = await work.TestAsync(set.Id, VerificationLevel.Contents);
        Assert.Contains("missing from index", report.Checks
            .Single(check => check is { Name: "Integrity check", Status: CheckStatus.Failed }).Actual, StringComparison.Ordinal);
    }

    [StockFact]
    public async Task Rows_against_NOT_NULL_and_STRICT_are_backed_up_with_a_warning_and_proven()
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app, "CREATE TABLE n(a); CREATE TABLE s(a); INSERT INTO n VALUES (NULL); INSERT INTO s VALUES ('text');");
        Commands.Sqlite(app,
            "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql='CREATE TABLE n(a NOT NULL)' WHERE name='n'; UPDATE sqlite_master " +
            "SET sql='CREATE TABLE s(a INT) STRICT' WHERE name='s';");
        var said = Commands.Sqlite(app, "PRAGMA integrity_check").Split('\n');
        Assert.Equal(2, said.Length);
        var set = await work.BackUpAsync(app);
        // A backup makes the quick check, which looks at fewer rules.
        foreach (var line in Commands.Sqlite(app, "PRAGMA quick_check").Split('\n'))
            Assert.Contains(work.Reporter.Warnings, warning => warning.Contains(line, StringComparison.Ordinal));
        var report = await work.TestAsync(set.Id, VerificationLevel.Restore);
        Assert.True(report.Status == CheckStatus.Passed, string.Join('\n', report.Checks));
        foreach (var line in said)
            Assert.Contains(line, report.Checks.Single(check => check.Name == "Integrity check").Detail, StringComparison.Ordinal);
    }
}
