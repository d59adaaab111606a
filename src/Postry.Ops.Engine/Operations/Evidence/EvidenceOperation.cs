using System.IO.Enumeration;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Evidence;

/// <summary>Lists evidence, verifies a file of it wherever it lies, and adds notes.</summary>
internal sealed class EvidenceOperation(OpsSettings settings, IOperationObserver observer)
{
    /// <summary>The evidence that fits, newest first. Errors: AccessDenied.</summary>
    public IReadOnlyList<RestoreDrill> List(DrillQuery query) =>
    [
        .. new EvidenceFiles(settings, observer).List().Where(drill => (query.Kind is null || drill.Kind == query.Kind)
            && (query.Database is null || FileSystemName.MatchesSimpleExpression(query.Database, drill.Database, ignoreCase: false))),
    ];

    /// <summary>Verifies one file. A file that is not as it was signed is a result. Errors: SourceNotFound, and InvalidRequest or
    /// AccessDenied for a public key that cannot be used.</summary>
    /// <param name="path">Full path of the evidence file, below a backup root or not.</param>
    /// <param name="publicKeyFile">Full path of the public key that must have signed it; null for that of POSTRY_EVIDENCE_KEY_FILE.</param>
    public EvidenceReport Verify(string path, string? publicKeyFile)
    {
        if (!File.Exists(path))
            throw new SourceNotFoundException(path, $"There is no evidence file {path}.", $"{CommandName.ListDrills} lists the evidence.");
        var (store, key) = LocalBackupStore.Containing(path);
        // The key never comes from the file itself, for whoever changes a file can put another key into it.
        var demanded = publicKeyFile is null ? null : EvidencePublicKey.Read(publicKeyFile);
        var reader = new EvidenceReader(store, settings.Keys, demanded ?? EvidenceKey.FromEnvironment(settings.Variable)?.Public,
            isDemanded: demanded is not null);
        var (file, folder) = (reader.Read(key), BackupKeys.FolderOf(key));
        if (file.Written is not { } written) return new EvidenceReport(path, file.Status, file.Checks, null, null);
        var others = folder.Length == 0 ? null : new EvidenceFolder(store, reader, folder);
        var notes = others?.ReadNotes(file, written.DrillId) ?? [];
        List<Check> checks = [.. file.Checks, .. notes.Select(OfNote)];
        // A file may have any name elsewhere, but not that of other evidence.
        if (EvidenceLayout.TryParse(key) is not null && EvidenceFolder.FindOtherName(file) is { } other) checks.Add(other);
        if (written.Previous is { } previous && others is not null) checks.Add(others.CheckPrevious(previous));
        var drill = file.Describe(path) with { Notes = [.. notes.Select(note => note.Note)] };
        var proves = drill.ProvesBackup ? Proof(drill) : null;
        checks.Add(new Check("Proof", proves is null ? CheckStatus.Skipped : CheckStatus.Passed,
            Detail: proves ?? $"The {Name(drill.Kind)} ended as {drill.Status}; the file proves no backup."));
        return new EvidenceReport(path, Check.Worst(checks), checks, proves, drill);
    }

    /// <summary>Signs a note on evidence and writes it into a file of its own. Errors: SourceNotFound, SignatureMismatch where the evidence
    /// was changed, and those of writing evidence.</summary>
    public DrillNote AddNote(string drillId, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new InvalidRequestException(drillId, "The note is empty.", "Say what was found, or what will be done.");
        var files = new EvidenceFiles(settings, observer);
        files.SettleInterrupted();
        var drill = files.List().FirstOrDefault(one => one.DrillId == drillId) ?? throw Choices.DrillNotFound(drillId, settings.BackupRoot);
        if (drill.Evidence == CheckStatus.Failed)
            throw new SignatureMismatchException(drillId, $"The evidence {drillId} is not as it was signed: {drill.EvidenceDetail}",
                "Put the file back from a copy: a note vouches for the file that it is about.");
        return new EvidenceWriter(settings, drillId).PublishNote(drill, text.Trim());
    }

    /// <summary>The files of a new evidence key. Errors: SourceNotFound, DestinationExists, InvalidRequest in the folder of the
    /// backups.</summary>
    public IReadOnlyList<string> PlanKey(string folder)
    {
        var files = NewEvidenceKey.Plan(folder, settings.BackupRoot);
        return [files.Private, files.Public];
    }

    /// <summary>Makes an evidence key. Errors: those of <see cref="PlanKey"/>, AccessDenied.</summary>
    public EvidenceKeyFiles WriteKey(string folder)
    {
        var files = NewEvidenceKey.Plan(folder, settings.BackupRoot);
        var key = NewEvidenceKey.Write(folder, settings.BackupRoot);
        return new EvidenceKeyFiles(key.Id, files.Private, files.Public,
            $"Set {EnvironmentVariables.EvidenceKeyFile} to {files.Private}, and give {files.Public} to those who check the evidence.");
    }

    private static Check OfNote(ReadNote note)
    {
        var status = Check.Worst(note.File.Checks);
        return new Check($"Note {note.Number}", status,
            Detail: note.File.Checks.FirstOrDefault(check => check.Status == status && status != CheckStatus.Passed)?.Detail);
    }

    private static string Proof(RestoreDrill drill)
    {
        var tables = drill.Tables.Where(table => table.Status == CheckStatus.Passed).ToList();
        return Invariant($"The {Name(drill.Kind)} of {drill.StartedAt:yyyy-MM-dd HH:mm:ss} UTC ")
            + Invariant($"restored the backup {drill.Backup!.Id} of {drill.Database} and compared ")
            + Invariant($"{tables.Sum(table => table.RowsFound ?? 0):N0} rows in {tables.Count} ")
            + (tables.Count == 1 ? "table." : "tables.");
    }

    private static string Name(EvidenceKind kind) => kind == EvidenceKind.Drill ? "drill" : "test";
}
