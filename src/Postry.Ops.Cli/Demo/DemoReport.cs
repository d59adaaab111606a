using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Demo;

/// <summary>The result of a demonstration: its steps, and what they prove.</summary>
internal sealed class DemoReport
{
    /// <summary>Folder of everything that the demonstration made.</summary>
    public required string Folder { get; init; }

    /// <summary>The sample application's live database.</summary>
    public required string DatabaseFile { get; init; }

    /// <summary>File with the integrity key that the demonstration made.</summary>
    public required string KeyFile { get; init; }

    /// <summary>The steps, in order.</summary>
    public List<DemoStep> Steps { get; } = [];

    public BackupSet? Backup { get; set; }

    /// <summary>The tests of the backup, one per level.</summary>
    public List<VerificationReport> Tests { get; } = [];

    /// <summary>The comparison before the restore, with what the restore would bring back.</summary>
    public DatabaseComparison? Before { get; set; }

    public RestoreRecord? Restore { get; set; }

    /// <summary>The comparison after the restore.</summary>
    public DatabaseComparison? After { get; set; }

    public List<Proof> Proofs { get; } = [];

    /// <summary>True where every proof holds.</summary>
    public bool Passed => Proofs.Count > 0 && Proofs.TrueForAll(proof => proof.Passed);

    public TimeSpan Duration { get; set; }
}

/// <summary>A step and its duration.</summary>
internal sealed record DemoStep(string Name, string Detail, TimeSpan Duration);

/// <summary>A fact that the demonstration proves.</summary>
internal sealed record Proof(string Name, string Expected, string Actual)
{
    public bool Passed => Expected == Actual;
}
