using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>An archive that was made where files have no permissions, as on Windows: its manifest names none, and those in the tar file are
/// made up.</summary>
public sealed class UnknownPermissionsTests
{
    [StockFact]
    public async Task It_passes_every_test_and_what_is_live_keeps_its_permissions()
    {
        using var fixture = new RuntimeFixture();
        var made = await fixture.BackUpFilesAsync();
        var set = fixture.Forge(made, await File.ReadAllBytesAsync(made.BackupFile), manifest => manifest with
        {
            Runtime = manifest.Runtime! with { Entries =
                [.. manifest.Runtime.Entries.Select(entry => entry with { Mode = null, UserId = null, GroupId = null })] },
        });
        var report = await fixture.Work.TestAsync(set.Id, VerificationLevel.Restore);
        Assert.True(report.Status == CheckStatus.Passed,
            string.Join("; ", report.Checks.Where(check => check.Status != CheckStatus.Passed)));

        fixture.Write("scripts/deploy.sh", "#!/bin/sh\necho new\n");
        StockTools.Shell("chmod 711 \"$1/scripts/deploy.sh\"; rm -r \"$1/.env\" \"$1/scripts/hooks\"", fixture.Work.Folder);
        var record = await fixture.RestoreFilesAsync(set.Id);
        Assert.Equal(RestoreStatus.Committed, record.Status);
        Assert.Equal("#!/bin/sh\necho old\n", fixture.Read("scripts/deploy.sh"));
        // The owner and permissions of a lost file are not known, so an env file becomes private, and a folder can be entered.
        Assert.Equal("711 600 755", StockTools.Shell("cd \"$1\"; stat -c %a scripts/deploy.sh .env scripts/hooks",
            fixture.Work.Folder).Trim()
            .Replace('\n', ' '));
    }

    [StockFact]
    public async Task Permissions_that_are_signed_are_still_compared()
    {
        using var fixture = new RuntimeFixture();
        var made = await fixture.BackUpFilesAsync();
        var set = fixture.Forge(made, await File.ReadAllBytesAsync(made.BackupFile), manifest => manifest with
        {
            Runtime = manifest.Runtime! with { Entries =
                [.. manifest.Runtime.Entries.Select(entry => entry.Path == ".env" ? entry with { Mode = "644" } : entry)] },
        });
        var wrong = Assert.Single((await fixture.Work.TestAsync(set.Id, VerificationLevel.Contents)).Checks, check =>
            check.Status == CheckStatus.Failed);
        Assert.Equal(".env is not what the manifest says", wrong.Detail);
    }
}
