namespace Postry.Ops.Engine.Model;

/// <summary>The conditions of a listing of evidence. Evidence must fit every condition that is not null.</summary>
public sealed record DrillQuery
{
    /// <summary>Logical name; * and ? are wildcards.</summary>
    public string? Database { get; init; }

    public EvidenceKind? Kind { get; init; }
}

/// <summary>The result of verifying one evidence file.</summary>
/// <param name="EvidenceFile">Full path of the file.</param>
/// <param name="Status">The verdict on the file: Passed if it is as it was signed, Failed if anything was changed, Inconclusive without a
/// key. The outcome of the drill is another matter, which <see cref="Drill"/> tells.</param>
/// <param name="Checks">Every check.</param>
/// <param name="Proves">The backup that the evidence proves, in words; null if it proves none.</param>
/// <param name="Drill">The evidence; null if the file cannot be parsed.</param>
public sealed record EvidenceReport(string EvidenceFile, CheckStatus Status, IReadOnlyList<Check> Checks, string? Proves,
    RestoreDrill? Drill)
{
    /// <inheritdoc cref="EvidenceReport"/>
    public IReadOnlyList<Check> Checks { get; init => field = Indexable.Of(value); } = Indexable.Of(Checks);

    /// <summary>The id in the evidence; null if the file cannot be parsed.</summary>
    public string? DrillId => Drill?.DrillId;
}

/// <summary>A new evidence key.</summary>
/// <param name="KeyId">The id that evidence names.</param>
/// <param name="PrivateKeyFile">Full path of the file that signs, which only its owner can read.</param>
/// <param name="PublicKeyFile">Full path of the file for those who check signatures.</param>
/// <param name="NextStep">The use of both, in words.</param>
public sealed record EvidenceKeyFiles(string KeyId, string PrivateKeyFile, string PublicKeyFile, string NextStep);
