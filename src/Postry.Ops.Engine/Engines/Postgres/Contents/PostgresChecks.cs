using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Compares files, sequences and large objects with what a manifest says; tables and schema are compared like those of every
/// engine.</summary>
internal static class PostgresChecks
{
    /// <summary>The checks of an archive's files: that each is there with the signed bytes, and no other.</summary>
    public static IEnumerable<Check> Files(ArtefactDescription expected, IReadOnlyList<FolderFile> found, TimeSpan duration)
    {
        var bytes = found.Sum(file => file.Bytes);
        yield return new Check("Size", Verdict(bytes == expected.Bytes), $"{expected.Bytes} bytes", $"{bytes} bytes");
        var problems = Differences(expected.Files ?? [], found).ToList();
        var sha256 = FolderFile.Sha256Of(found);
        yield return new Check("SHA-256", Verdict(problems.Count == 0 && sha256 == expected.Sha256), expected.Sha256, sha256,
            problems.Count == 0 ? null : string.Join(" ", problems.Take(5))
                + (problems.Count > 5 ? $" And {problems.Count - 5} more." : ""), duration);
    }

    /// <summary>A check for the parts of an archive that cannot be read as rows. Signed bytes can always be read.</summary>
    public static Check Readable(ArchiveReading reading, TimeSpan duration) => new("Readable", Verdict(reading.Damage.Count == 0),
        Detail: reading.Damage.Count == 0 ? null : string
            .Join(" ", reading.Damage.Take(5).Select(damage => $"{damage.File}: {damage.Problem}")), Duration: duration);

    /// <summary>The checks of sequences and large objects.</summary>
    public static IEnumerable<Check> Others(PostgresDescription expected, IReadOnlyList<PostgresSequence>? sequences,
        PostgresLargeObjects? largeObjects, TimeSpan duration)
    {
        if (sequences is not null && (expected.Sequences.Count > 0 || sequences.Count > 0))
            yield return Sequences(expected.Sequences, sequences, duration);
        if (expected.LargeObjects is { } objects && (objects.Count > 0 || largeObjects?.Count > 0))
            yield return LargeObjects(objects, largeObjects, duration);
    }

    /// <summary>
    /// Checks for the tables that the backup does not hold: whether the extensions have created them again, with as many rows; and how many
    /// rows the materialised views have that the restore computed again.
    /// </summary>
    public static IEnumerable<Check> NotHeld(DatabaseContents expected, IReadOnlyList<Omission> restored)
    {
        var there = restored.ToDictionary(omission => (omission.Kind, omission.Name));
        foreach (var left in (expected.NotHeld ?? [])
            .Where(omission => omission.Kind is Omissions.ExtensionTable or Omissions.ExtensionView or Omissions.SystemTable))
        {
            var (name, found) = ($"Not held: {left.Name}", there.GetValueOrDefault((left.Kind, left.Name)));
            if (found is null) yield return new Check(name, CheckStatus.Inconclusive, left.Counted, "no such table", left.Reason);
            else if (found.Rows is null || found.Rows != left.Rows)
                yield return new Check(name, CheckStatus.Inconclusive, left.Counted, found.Counted, left.Reason);
            else if (found.Rows > 0)
                yield return new Check(name, CheckStatus.Skipped, left.Counted, found.Counted,
                    "The script of the extension made these rows; they were not compared.");
        }

        // A view that is not as fresh as its tables is nothing unusual, so that another number is no fault; but it may be a loss.
        foreach (var view in (expected.NotHeld ?? []).Where(omission => omission.Kind is Omissions.MaterializedViewRows))
        {
            if (there.GetValueOrDefault((view.Kind, view.Name)) is not { } made) continue;
            yield return new Check($"Not held: {view.Name}", CheckStatus.Skipped, view.Counted, made.Counted,
                "The rows were computed again by the view's query" + (made.Rows < view.Rows
                    ? ", which gives fewer than the view held: what only the view had comes back with no restore."
                    : "; they were not compared."));
        }
    }

    private static Check Sequences(IReadOnlyList<PostgresSequence> expected, IReadOnlyList<PostgresSequence> actual, TimeSpan duration)
    {
        var found = actual.ToDictionary(sequence => (sequence.Schema, sequence.Name));
        var wrong = expected.Where(sequence => found.GetValueOrDefault((sequence.Schema, sequence.Name)) != sequence).ToList();
        return new Check("Sequences", Verdict(wrong.Count == 0), expected.Count == 1 ? "1 sequence" : $"{expected.Count} sequences",
            $"{expected.Count - wrong.Count} equal",
            wrong.Count == 0 ? null : string.Join("; ",
                wrong.Take(5)
                .Select(s =>
                $"{PostgresNames.Display(s.Schema, s.Name)} should be at {s.LastValue}, and is " +
                $"{(found.TryGetValue((s.Schema, s.Name), out var other) ? $"at {other.LastValue}" : "missing")}")), duration);
    }

    private static Check LargeObjects(PostgresLargeObjects expected, PostgresLargeObjects? actual, TimeSpan duration)
    {
        const string name = "Large objects";
        var (want, have) = (Describe(expected), Describe(actual ?? new PostgresLargeObjects(0, null, null)));
        if (expected.Count != (actual?.Count ?? 0)) return new Check(name, CheckStatus.Failed, want, have, Duration: duration);
        return expected.Fingerprint is null || actual?.Fingerprint is null
            ? new Check(name, CheckStatus.Inconclusive, want, have, "The backup was made without content fingerprints.", duration)
            : new Check(name, Verdict(expected.Fingerprint == actual.Fingerprint), want, have, Duration: duration);
    }

    private static string Describe(PostgresLargeObjects objects) =>
        $"{objects.Count} objects{(objects.Fingerprint is null ? "" : $", {objects.Fingerprint}")}";

    private static IEnumerable<string> Differences(IReadOnlyList<FolderFile> expected, IReadOnlyList<FolderFile> found)
    {
        var there = found.ToDictionary(file => file.Name, StringComparer.Ordinal);
        foreach (var file in expected)
        {
            if (!there.Remove(file.Name, out var other)) yield return $"{file.Name} is missing.";
            else if (other.Bytes != file.Bytes) yield return $"{file.Name} has {other.Bytes} bytes instead of {file.Bytes}.";
            else if (other.Sha256 != file.Sha256) yield return $"{file.Name} has other bytes than those that were signed.";
        }

        foreach (var extra in there.Keys) yield return $"{extra} does not belong to the backup.";
    }

    private static CheckStatus Verdict(bool same) => same ? CheckStatus.Passed : CheckStatus.Failed;
}
