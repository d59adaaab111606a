using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Checks;

/// <summary>Compares stored bytes with what a manifest says of them.</summary>
internal static class ArtefactChecks
{
    /// <summary>The checks of size and SHA-256.</summary>
    public static IEnumerable<Check> Compare(ArtefactDescription expected, long bytes, string sha256, TimeSpan duration)
    {
        yield return new Check("Size", Verdict(bytes == expected.Bytes), $"{expected.Bytes} bytes", $"{bytes} bytes");
        yield return new Check("SHA-256", Verdict(sha256 == expected.Sha256), expected.Sha256, sha256, Duration: duration);
    }

    /// <summary>The error for stored bytes that are not those that were signed.</summary>
    public static BackupCorruptException Corrupt(BackupSet set, Check failed) => new(set.BackupFile,
        $"{set.BackupFile} is damaged: {failed.Name}: expected {failed.Expected ?? "passed"}, found {failed.Actual ?? failed.Detail}" +
            $".{(failed is { Actual: not null, Detail: { } detail } ? $" {detail}" : "")}",
        $"Use another backup, or bring back this file from a copy. {CommandName.TestBackup} shows every check.");

    /// <summary>Errors: BackupCorrupt where a check of a set has failed.</summary>
    public static void Require(BackupSet set, IReadOnlyList<Check> checks)
    {
        if (checks.FirstOrDefault(check => check.Status == CheckStatus.Failed) is { } failed) throw Corrupt(set, failed);
    }

    /// <summary>Reads a stored file and compares it.</summary>
    public static async Task<IReadOnlyList<Check>> ReadAsync(ArtefactDescription expected, string path, Action<long> progress,
        CancellationToken cancellation)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await using var file = Files.OpenToRead(path);
        using var hashing = new HashingStream(file);
        var buffer = new byte[1 << 20];
        while (await hashing.ReadAsync(buffer, cancellation) > 0) progress(hashing.Count);
        return [.. Compare(expected, hashing.Count, hashing.Sha256(), clock.Elapsed)];
    }

    private static CheckStatus Verdict(bool same) => same ? CheckStatus.Passed : CheckStatus.Failed;
}
