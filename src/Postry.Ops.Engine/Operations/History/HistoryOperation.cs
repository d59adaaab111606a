using System.IO.Enumeration;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.History;

/// <summary>Reads the history of a backup root and checks every line. Reads only.</summary>
internal sealed class HistoryOperation(OpsSettings settings)
{
    /// <summary>The entries that fit, and the damage to the whole history. Errors: AccessDenied, SourceNotFound where there is no backup
    /// root.</summary>
    public HistoryReport Run(HistoryQuery query)
    {
        if (!Directory.Exists(settings.BackupRoot))
            throw new SourceNotFoundException(settings.BackupRoot, $"There is no backup root {settings.BackupRoot}.",
                $"Name another {OptionName.BackupRoot}.");
        var reading = Read();
        var fitting = reading.Entries.Reverse().Where(entry => Fits(entry, query));
        return new HistoryReport(settings.BackupRoot, [.. query.Last is { } last ? fitting.Take(last) : fitting], reading.Problems);
    }

    private HistoryReading Read()
    {
        try
        {
            return new HistoryLog(settings).ReadAll();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessDeniedException(settings.BackupRoot, $"The history in {settings.BackupRoot} cannot be read: {e.Message}",
                $"Run as the user who makes the backups, or name another {OptionName.BackupRoot}.", e);
        }
    }

    private static bool Fits(HistoryEntry entry, HistoryQuery query) =>
        (query.Database is not { } name
            || (entry.Database is { } database && FileSystemName.MatchesSimpleExpression(name, database, ignoreCase: false)))
        && query.Operations?.Contains(entry.Operation, StringComparer.OrdinalIgnoreCase) != false
        && (query.Result is null || entry.Result == query.Result)
        && (query.BackupId is null || entry.BackupId == query.BackupId)
        && (query.After is null || entry.At >= query.After)
        && (query.Before is null || entry.At < query.Before);
}
