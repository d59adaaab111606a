using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests;

/// <summary>The process' culture, which inside PowerShell is the operator's, changes no name, no record and no message.</summary>
public sealed partial class CultureTests
{
    [StockTheory]
    [InlineData(typeof(ThaiBuddhistCalendar))]
    [InlineData(typeof(UmAlQuraCalendar))]
    public async Task Names_records_and_messages_are_those_of_every_other_culture(Type calendar)
    {
        using var work = new Workspace();
        var app = work["app.db"];
        Commands.Sqlite(app,
            "CREATE TABLE posts(id INTEGER PRIMARY KEY, body TEXT); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE " +
            "i<2000) INSERT INTO posts SELECT i, 'post ' || i FROM c;");
        CultureInfo.CurrentCulture = With((Calendar)Activator.CreateInstance(calendar)!);
        var year = DateTime.UtcNow.Year;
        Assert.NotEqual($"{year}", $"{DateTime.UtcNow:yyyy}");
        Assert.Equal("1٬500٫5", $"{1500.5:N1}");

        var set = await work.BackUpAsync(app);
        Assert.StartsWith($"sqlite-app-{year}", Path.GetFileName(set.BackupFile), StringComparison.Ordinal);
        Commands.Sqlite(app, "DELETE FROM posts WHERE id > 5");
        var plan = await work.Engine.PlanRestoreAsync(
            new RestoreRequest { Backup = new BackupSelector { Id = set.Id }, Target = new SqliteAddress(app) });
        Assert.Contains($"taken {year}-", plan.Summary, StringComparison.Ordinal);
        Assert.Contains("2,000 rows", plan.Summary, StringComparison.Ordinal);
        var record = await work.Engine.RestoreAsync(plan);
        Assert.Matches($@"^app\.db\.previous-{year}\d{{4}}T\d{{6}}Z-", Path.GetFileName(record.PreviousCopy!));
        var undone = await work.UndoAsync(record.RestoreId);
        Assert.Contains(work.AllFiles(), file => Regex.IsMatch(file, $@"^app\.db\.undone-{year}\d{{4}}T\d{{6}}Z-"));

        var before = Assert.Throws<SourceNotFoundException>(() =>
            work.Engine.FindBackup(new BackupSelector { Before = new DateTime(year - 1, 3, 1, 0, 0, 0, DateTimeKind.Utc) }));
        Assert.Contains($"from before {year - 1}-03-01 00:00:00 UTC", before.Message, StringComparison.Ordinal);

        var texts = Directory.EnumerateFiles(work.BackupRoot, "*.json", SearchOption.AllDirectories).Select(File.ReadAllText)
            .Concat(work.Reporter.VerboseMessages).Concat(work.Reporter.Warnings).Concat([plan.Summary, before.Message, $"{undone.Status}"])
                .ToList();
        Assert.Contains(texts, text => Stamps().IsMatch(text));
        Assert.All(texts, text => Assert.All(Stamps().Matches(text), stamp =>
            Assert.InRange(int.Parse(stamp.Groups[1].Value, CultureInfo.InvariantCulture), year - 1, year)));
        Assert.DoesNotContain(texts, text => text.IndexOfAny(['٬', '٫', '\u061C']) >= 0);
    }

    // The tests run without the system's cultures, and on machines that have none: this one is made of what those of Thailand and Arabia do
    // differently.
    private static CultureInfo With(Calendar calendar)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        var field = typeof(DateTimeFormatInfo).GetField("calendar", BindingFlags.Instance | BindingFlags.NonPublic)
            ?? throw new InvalidOperationException("This .NET keeps the calendar elsewhere.");
        field.SetValue(culture.DateTimeFormat, calendar);
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator, culture.NumberFormat.NegativeSign) =
            ("٫", "٬", "\u061C-");
        return culture;
    }

    [GeneratedRegex(@"(?<![\w.])(\d{4})-\d\d-\d\d[ T]\d\d:\d\d|(?<=previous-|undone-)(?<1>\d{4})\d{4}T")]
    private static partial Regex Stamps();
}
