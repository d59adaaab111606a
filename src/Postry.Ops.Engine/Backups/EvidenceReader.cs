using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>Reads evidence and notes, and checks each with the keys at hand. What is wrong with a file is a result, never an
/// error.</summary>
/// <param name="store">The store of the files.</param>
/// <param name="keys">The integrity keys.</param>
/// <param name="publicKey">The key of the second signatures, or null.</param>
/// <param name="isDemanded">True where the caller demands that this public key has signed; otherwise it counts only for the files that
/// name it.</param>
internal sealed class EvidenceReader(IBackupStore store, Keyring keys, EvidencePublicKey? publicKey, bool isDemanded = false)
{
    /// <summary>The kind of document of evidence, which its signature covers.</summary>
    public const string Domain = "evidence";

    /// <summary>The kind of document of a note.</summary>
    public const string NoteDomain = "evidence-note";

    /// <summary>The name of the check of the signature with an integrity key.</summary>
    public const string IntegrityCheck = "Integrity key";

    private const int LargestBytes = 64 << 20;

    /// <summary>Reads an evidence file.</summary>
    public ReadEvidence Read(string key)
    {
        var file = Read(key, Domain, EngineJson.Default.RestoreDrill, drill => drill.PublicKeyId,
            drill => drill.Format == RestoreDrill.CurrentFormat ? null : $"The format is not {RestoreDrill.CurrentFormat}.");
        return new ReadEvidence(key, file.Value, file.Sha256, file.Checks);
    }

    /// <summary>Reads notes on evidence.</summary>
    /// <param name="keys">The keys and the numbers of the notes, in the order of the numbers.</param>
    /// <param name="drillId">The id of the evidence.</param>
    /// <param name="sha256">The SHA-256 of the evidence file.</param>
    public IReadOnlyList<ReadNote> ReadNotes(IEnumerable<(string Key, int Number)> keys, string drillId, string sha256)
    {
        var notes = new List<ReadNote>();
        string? previous = null;
        foreach (var (key, number) in keys)
        {
            var file = Read(key, NoteDomain, EngineJson.Default.DrillNote, note => note.PublicKeyId, note =>
                note.DrillId != drillId || note.Number != number ? "The note says that it is another one than its name says."
                : note.EvidenceSha256 != sha256 ? "The note was written for another file than the evidence."
                : note.PreviousSha256 != previous ? "The note before this one is missing or was replaced."
                : null);
            var note = file.Value ?? new DrillNote(drillId, number, DateTime.UnixEpoch, "?", "?", sha256, null);
            notes.Add(new ReadNote(number, note with { Evidence = Check.Worst(file.Checks) }, file));
            previous = file.Sha256;
        }

        return notes;
    }

    private ReadFile<T> Read<T>(string key, string domain, JsonTypeInfo<T> type, Func<T, string?> keyIdOf, Func<T, string?> findProblem)
        where T : class
    {
        byte[]? bytes;
        try
        {
            bytes = ManifestReader.ReadBytes(store, key, LargestBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ReadFile<T>.Bad($"The file cannot be read: {e.Message}");
        }

        if (bytes is null) return ReadFile<T>.Bad("The file is too large for evidence.");
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var (value, problem) = Parse(bytes, type);
        problem ??= findProblem(value!);
        var form = problem is null ? new Check("Form", CheckStatus.Passed) : new Check("Form", CheckStatus.Failed, Detail: problem);
        var integrity = CheckIntegrity(SignedText.Verify(bytes, domain, keys));
        var second = CheckPublic(key, bytes, value is null ? null : keyIdOf(value), integrity.Status == CheckStatus.Passed);
        // A key that is not here need not check what the other signature has proven.
        if (integrity.Status == CheckStatus.Inconclusive && second.Status == CheckStatus.Passed)
            integrity = integrity with { Status = CheckStatus.Skipped };
        return new ReadFile<T>(value, sha256, [form, integrity, second]);
    }

    private static (T? Value, string? Problem) Parse<T>(byte[] bytes, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type) is { } value ? (value, null) : (null, "The file is empty.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return (null, "The file is not the JSON of evidence.");
        }
    }

    private Check CheckIntegrity(SignatureCheck signature)
    {
        const string name = IntegrityCheck;
        var expected = signature.KeyId is null ? null : $"key {signature.KeyId}";
        return signature.Verdict switch
        {
            SignatureVerdict.Valid => new Check(name, CheckStatus.Passed, expected, expected),
            SignatureVerdict.Mismatch => new Check(name, CheckStatus.Failed, expected, "other bytes",
                "The file was changed after it was signed."),
            SignatureVerdict.WrongKey => new Check(name, CheckStatus.Inconclusive, expected,
                $"known keys: {string.Join(", ", keys.All.Select(key => key.Id).Take(5))}",
                $"Add the key {signature.KeyId} to {EnvironmentVariables.PreviousIntegrityKeys} to check the file with it."),
            SignatureVerdict.NoKey => new Check(name, CheckStatus.Inconclusive, expected, "no key",
                $"{EnvironmentVariables.IntegrityKey} is not set."),
            _ => new Check(name, CheckStatus.Failed, expected, "no signature", "The file does not end in a signature."),
        };
    }

    private Check CheckPublic(string key, byte[] bytes, string? keyId, bool isProven)
    {
        const string name = "Public key";
        var open = isProven ? CheckStatus.Skipped : CheckStatus.Inconclusive;
        var expected = keyId is null ? null : $"key {keyId}";
        if (publicKey is null)
            return new Check(name, open, expected, "no key", "No public key was given.");
        var actual = $"key {publicKey.Id}";
        if (!isDemanded && keyId != publicKey.Id)
            return new Check(name, open, expected, actual, keyId is null ? "The file was written without an evidence key."
                : $"The file was signed with the evidence key {keyId}.");
        if (TryReadSignature(key) is not { } signature)
            return new Check(name, keyId is null ? CheckStatus.Inconclusive : CheckStatus.Failed, expected, "no signature",
                $"{store.NameOf(key)}{EvidenceLayout.SignatureSuffix} is missing or cannot be read.");
        return publicKey.Verifies(bytes, signature) ? new Check(name, CheckStatus.Passed, expected, actual)
            : new Check(name, CheckStatus.Failed, expected, actual,
                "The signature is not that of this file with this key: one of them was changed, or the key is another one.");
    }

    private byte[]? TryReadSignature(string key)
    {
        try
        {
            return ManifestReader.ReadBytes(store, key + EvidenceLayout.SignatureSuffix, LargestBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>A signed file as it was read.</summary>
/// <param name="Value">The document; null if it cannot be parsed.</param>
/// <param name="Sha256">The SHA-256 of the file in lower-case hexadecimal digits; empty if it cannot be read.</param>
/// <param name="Checks">The checks of its form and its signatures.</param>
internal sealed record ReadFile<T>(T? Value, string Sha256, IReadOnlyList<Check> Checks)
    where T : class
{
    /// <summary>A file that cannot be read.</summary>
    public static ReadFile<T> Bad(string problem) => new(null, "", [new Check("Form", CheckStatus.Failed, Detail: problem)]);
}

/// <summary>A note as it was read.</summary>
/// <param name="Number">The number in the name of its file.</param>
/// <param name="Note">The note with the verdict on it.</param>
/// <param name="File">The file of the note.</param>
internal sealed record ReadNote(int Number, DrillNote Note, ReadFile<DrillNote> File);

/// <summary>An evidence file as it was read.</summary>
/// <param name="Key">Key of the file.</param>
/// <param name="Written">The evidence in it; null if it cannot be parsed.</param>
/// <param name="Sha256">The SHA-256 of the file in lower-case hexadecimal digits; empty if it cannot be read.</param>
/// <param name="Checks">The checks of its form and its signatures.</param>
internal sealed record ReadEvidence(string Key, RestoreDrill? Written, string Sha256, IReadOnlyList<Check> Checks)
{
    /// <summary>True for a file that is gone, and of which not even the name is known.</summary>
    public bool IsMissing { get; init; }

    /// <summary>The verdict over all checks.</summary>
    public CheckStatus Status => Check.Worst(Checks);

    /// <summary>True where an integrity key at hand has signed the file.</summary>
    public bool IsOfKnownKey => Checks.Any(check => check is { Name: EvidenceReader.IntegrityCheck, Status: CheckStatus.Passed });

    /// <summary>The evidence with the verdict on it. What cannot be parsed is shown by what its name says.</summary>
    /// <param name="path">Full path of the file.</param>
    public RestoreDrill Describe(string path) => (Written ?? Unreadable(Key)) with
    {
        EvidenceFile = IsMissing ? null : path,
        Evidence = Status,
        EvidenceDetail = Checks.FirstOrDefault(check => check.Status == Status && Status != CheckStatus.Passed)?.Detail,
        Notes = null,
    };

    /// <summary>The file with one more check.</summary>
    public ReadEvidence With(Check check) => this with { Checks = [.. Checks, check] };

    /// <summary>Evidence of which only the name is known.</summary>
    private static RestoreDrill Unreadable(string key)
    {
        var (id, startedAt) = EvidenceLayout.TryParse(key) ?? ("?", DateTime.UnixEpoch);
        return new RestoreDrill
        {
            DrillId = id,
            Kind = EvidenceKind.Drill,
            Status = DrillStatus.Inconclusive,
            Database = "?",
            Mode = DatabaseMode.Sqlite,
            Source = "?",
            SourceIdentity = "?",
            Target = "?",
            StartedAt = startedAt,
            Host = "?",
        };
    }
}
