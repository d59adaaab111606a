using Postry.Ops.Cli.Verbs;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Terminal;

/// <summary>Copies of backups as text, and what they mean for the exit code.</summary>
internal static class CopyText
{
    /// <summary>Writes what copies would do.</summary>
    public static void Plans(TextWriter writer, IReadOnlyList<CopyPlan> plans)
    {
        foreach (var plan in plans) writer.WriteLine(Printable.Lines(plan.Summary));
    }

    /// <summary>Writes a line for each backup and destination.</summary>
    public static void Copies(TextWriter writer, IReadOnlyList<BackupCopy> copies)
    {
        if (copies.Count == 0)
        {
            writer.WriteLine("No backups.");
            return;
        }

        var table = new Table("~ID", "~DATABASE", "SNAPSHOT AT", "STATUS", ">SIZE", "~DESTINATION");
        foreach (var copy in copies)
            table.Add(copy.BackupId, copy.Database, Units.Time(copy.SnapshotAt), copy.Status.ToString(),
                copy.Status == CopyStatus.Failed ? "-" : Units.Bytes(copy.SizeBytes), copy.Destination);
        table.WriteTo(writer);
    }

    /// <summary>Says which copies failed. A backup that is not where it is to be is no plain success for whoever only looks at the exit
    /// code.</summary>
    public static ExitCode Judge(Session session, IReadOnlyList<BackupCopy> copies)
    {
        var failed = copies.Where(copy => copy.Status == CopyStatus.Failed).ToList();
        foreach (var copy in failed)
            session.Reporter.Write($"postry: {copy.BackupId} was not copied to {copy.DestinationName ?? copy.Destination} " +
                $"({copy.ErrorId}): {copy.Problem}\n{copy.Hint}");
        return failed.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
