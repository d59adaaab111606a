using System.Text.Json;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Restore;

/// <summary>The journal on disk, which another version of this program may have to recover from.</summary>
public sealed class JournalFormatTests
{
    [Fact]
    public void The_name_of_the_target_is_the_property_target()
    {
        using var work = new Workspace();
        var target = RestoreTarget.OfFile(work["app.db"]);
        new RestoreJournal
        {
            Kind = JournalKind.Restore,
            RestoreId = "one",
            Step = JournalStep.Started,
            RecordFile = work["record.json"],
            Target = target,
            TargetName = target.Name,
            Stage = "",
            Previous = "",
            TargetExisted = true,
            StartedAt = DateTime.UnixEpoch,
        }.Save();
        using var json = JsonDocument.Parse(File.ReadAllText(target.JournalFile));
        Assert.Equal(work["app.db"], json.RootElement.GetProperty("target").GetString());
        Assert.Equal(1, json.RootElement.EnumerateObject().Count(one => one.Name.StartsWith("target", StringComparison.Ordinal)
            && one.Name is not ("targetExisted" or "targetIdentity")));
        var read = RestoreJournal.Read(target)!;
        Assert.Equal((work["app.db"], target), (read.TargetName, read.Target));
    }
}
