using System.Text.Json;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>The drills whose processes have begun them and have not ended them.</summary>
internal sealed class BegunDrills(OpsSettings settings)
{
    /// <summary>The kind of document of a drill that has not ended, so that it never passes for evidence.</summary>
    public const string Domain = "evidence-begun";

    private readonly IBackupStore _store = BackupStores.Of(settings);

    /// <summary>The keys of evidence that is still to come, of living and of dead drills.</summary>
    public IReadOnlySet<string> Keys() => EvidenceLayout.BegunFiles(settings.BackupRoot).Select(EvidenceLayout.EvidenceOfBegun).ToHashSet();

    /// <summary>The drills that have begun and have no evidence yet, of living and of dead processes.</summary>
    public IReadOnlyList<RestoreDrill> List() =>
        [.. EvidenceLayout.BegunFiles(settings.BackupRoot).Select(file => Read(file).Drill).OfType<RestoreDrill>()];

    /// <summary>The drills whose processes have died before there was evidence, as Interrupted.</summary>
    public IReadOnlyList<RestoreDrill> ListDead() =>
    [
        .. from file in EvidenceLayout.BegunFiles(settings.BackupRoot)
        where !FileLock.IsHeld(EvidenceLayout.LockOf(file)) && !_store.Exists(EvidenceLayout.EvidenceOfBegun(file)) && File.Exists(file)
        select Describe(file),
    ];

    /// <summary>Writes the evidence of dead drills. Errors: those of <see cref="EvidenceWriter"/>.</summary>
    public void Settle(EvidenceWriter writer, IOperationObserver observer)
    {
        foreach (var file in EvidenceLayout.BegunFiles(settings.BackupRoot)) Settle(file, writer, observer);
    }

    /// <summary>
    /// Removes the locks that processes of other hosts have left on drills and on the writing of evidence, so that the next command which
    /// writes settles these drills. Returns the owners. Locks of this host are left alone: they end with their processes.
    /// </summary>
    public IReadOnlyList<string> Unlock() =>
    [
        .. EvidenceLayout.BegunFiles(settings.BackupRoot).Select(EvidenceLayout.LockOf)
            .Append(EvidenceLayout.WriterLock(settings.BackupRoot)).Select(FileLock.RemoveForeign).OfType<string>(),
    ];

    private void Settle(string file, EvidenceWriter writer, IOperationObserver observer)
    {
        using var held = TryTake(file);
        if (held is null || !File.Exists(file)) return;
        // The process may have died after it had published the evidence.
        if (!_store.Exists(EvidenceLayout.EvidenceOfBegun(file)))
        {
            // A state that no key here has signed stays as it is, and is listed as such: this key must not vouch for it.
            if (Read(file) is not ({ } drill, CheckStatus.Passed)) return;
            observer.Report(new EvidenceWritten(writer.Publish(AsItEnded(drill))));
        }

        Files.TryDelete(file);
    }

    private static FileLock? TryTake(string file)
    {
        try
        {
            return FileLock.TryAcquire(EvidenceLayout.LockOf(file), file);
        }
        catch (DatabaseBusyException)
        {
            // A process of another host began it, and this host cannot know whether that process lives.
            return null;
        }
    }

    private RestoreDrill Describe(string file)
    {
        var (drill, status) = Read(file);
        return new ReadEvidence(EvidenceLayout.EvidenceOfBegun(file), drill is null ? null : AsItEnded(drill), "",
            [new Check("Begun", status == CheckStatus.Passed ? CheckStatus.Inconclusive : status, Detail: status == CheckStatus.Failed
                ? "The state of the interrupted drill was changed after it was signed."
                : FileLock.ForeignOwner(EvidenceLayout.LockOf(file)) is { } owner
                    ? $"Another host runs the drill, or was interrupted: {owner}. If it does not run there any more, use " +
                        $"{CommandName.UnlockBackupRoot}; the next backup then writes the evidence."
                : drill?.EndedAt is null ? "The drill was interrupted, and the evidence of that is not written yet."
                : "The evidence could not be written yet.")]).Describe(file);
    }

    private (RestoreDrill? Drill, CheckStatus Status) Read(string file)
    {
        try
        {
            var bytes = Files.ReadAllBytes(file);
            var drill = JsonSerializer.Deserialize(bytes, EngineJson.Default.RestoreDrill);
            var isNamed = drill is not null && EvidenceLayout.KeyOf(drill) == EvidenceLayout.EvidenceOfBegun(file);
            return (drill, !isNamed ? CheckStatus.Failed : SignedText.Verify(bytes, Domain, settings.Keys).Verdict switch
            {
                SignatureVerdict.Valid => CheckStatus.Passed,
                SignatureVerdict.Mismatch or SignatureVerdict.Malformed => CheckStatus.Failed,
                _ => CheckStatus.Inconclusive,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            return (null, CheckStatus.Failed);
        }
    }

    // A drill with an end has its verdict; only its evidence could not be written.
    private static RestoreDrill AsItEnded(RestoreDrill drill)
    {
        if (drill.EndedAt is not null) return drill;
        // A step that is Inconclusive had begun.
        var where = drill.Steps.LastOrDefault() is not { } last ? "before its first step"
            : last.Status == CheckStatus.Inconclusive ? $"in the step \"{last.Name}\"" : $"after the step \"{last.Name}\"";
        return drill with
        {
            Status = DrillStatus.Interrupted,
            Deviations = [.. drill.Deviations,
                $"The process that ran the drill died {where}, or could not write its evidence. The next command that writes removes " +
                    "what it left behind; on a server that was offered the next drill there does that, and in a disposable database " +
                    "you do."],
        };
    }
}
