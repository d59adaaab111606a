using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Demo;

/// <summary>What a demonstration did and proved.</summary>
internal sealed class DemoReport
{
    /// <summary>Folder of everything that the demonstration made.</summary>
    public required string Folder { get; init; }

    /// <summary>The sample application's live database.</summary>
    public required string DatabaseFile { get; init; }

    /// <summary>File with the integrity key that the demonstration made.</summary>
    public required string KeyFile { get; init; }

    /// <summary>What was done, in order.</summary>
    public List<DemoStep> Steps { get; } = [];

    public BackupSet? Backup { get; set; }

    /// <summary>The tests of the backup, one per level.</summary>
    public List<VerificationReport> Tests { get; } = [];

    /// <summary>What the restore was going to bring back.</summary>
    public DatabaseComparison? Before { get; set; }

    public RestoreRecord? Restore { get; set; }

    /// <summary>The same comparison after the restore.</summary>
    public DatabaseComparison? After { get; set; }

    public List<Proof> Proofs { get; } = [];

    /// <summary>True where every proof holds.</summary>
    public bool Passed => Proofs.Count > 0 && Proofs.TrueForAll(proof => proof.Passed);

    public TimeSpan Duration { get; set; }
}

/// <summary>One step and how long it took.</summary>
internal sealed record DemoStep(string Name, string Detail, TimeSpan Duration);

/// <summary>One thing that the demonstration proves.</summary>
internal sealed record Proof(string Name, string Expected, string Actual)
{
    public bool Passed => Expected == Actual;
}
