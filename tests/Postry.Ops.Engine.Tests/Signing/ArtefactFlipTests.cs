using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Signing;

/// <summary>A changed byte of an artefact never goes unnoticed by test and restore.</summary>
public sealed class ArtefactFlipTests(ITestOutputHelper output)
{
    [StockFact]
    public async Task Thousands_of_flipped_bytes_fail_the_test_of_the_stored_bytes()
    {
        using var signed = await SignedSet.MakeAsync(20_000);
        var random = Seed.Random(output);
        for (var round = 0; round < (Seed.LongTests ? 100_000 : 3000); round++)
        {
            // The first bytes are the member's header: all of them, then anywhere.
            Flip(signed, round < 40 ? round : random.Next(signed.Artefact.Length), random);
            var report = await signed.TestedAsync(VerificationLevel.Artefact);
            Assert.Equal(CheckStatus.Failed, report.Status);
            Assert.Equal(["SHA-256"], report.Checks.Where(check => check.Status == CheckStatus.Failed).Select(check => check.Name));
        }

        signed.WriteArtefact(signed.Artefact);
        Assert.Equal(CheckStatus.Passed, (await signed.TestedAsync(VerificationLevel.Artefact)).Status);
    }

    [StockFact]
    public async Task Flipped_bytes_fail_the_deeper_tests_and_no_restore_takes_them()
    {
        using var signed = await SignedSet.MakeAsync(20_000);
        var random = Seed.Random(output);
        for (var round = 0; round < (Seed.LongTests ? 5000 : 200); round++)
        {
            Flip(signed, round < 40 ? round : random.Next(signed.Artefact.Length), random);
            Assert.Equal(BackupStatus.Complete, signed.Listed().Status);
            Assert.Equal(CheckStatus.Failed, (await signed
                .TestedAsync(round % 2 == 0 ? VerificationLevel.Contents : VerificationLevel.Restore)).Status);
            await signed.RefusedAsync("BackupCorrupt");
        }
    }

    [StockFact]
    public async Task Another_length_is_seen_by_the_list_already()
    {
        using var signed = await SignedSet.MakeAsync();
        foreach (var bytes in new byte[][] { [], signed.Artefact[..^1], [.. signed.Artefact, 0], [.. signed.Artefact, .. signed.Artefact] })
        {
            signed.WriteArtefact(bytes);
            Assert.Equal(BackupStatus.Damaged, signed.Listed().Status);
            foreach (var level in new[] { VerificationLevel.Artefact, VerificationLevel.Contents, VerificationLevel.Restore })
                Assert.Equal(CheckStatus.Failed, (await signed.TestedAsync(level)).Status);
            await signed.RefusedAsync("BackupCorrupt");
        }

        File.Delete(signed.Set.BackupFile);
        Assert.Equal(BackupStatus.Damaged, signed.Listed().Status);
        Assert.Equal(CheckStatus.Failed, (await signed.TestedAsync(VerificationLevel.Artefact)).Status);
        Assert.Equal(CheckStatus.Failed, (await signed.TestedAsync(VerificationLevel.Restore)).Status);
        await signed.RefusedAsync("BackupCorrupt");
    }

    [StockFact]
    public async Task The_same_database_compressed_by_somebody_else_is_not_the_artefact()
    {
        using var signed = await SignedSet.MakeAsync();
        StockTools.Shell("gunzip -c -- \"$1\" | gzip -9 > \"$1.other\"; mv -- \"$1.other\" \"$1\"", signed.Set.BackupFile);
        Assert.Equal(CheckStatus.Failed, (await signed.TestedAsync(VerificationLevel.Contents)).Status);
        await signed.RefusedAsync("BackupCorrupt");
    }

    private static void Flip(SignedSet signed, int at, Random random)
    {
        var flipped = (byte[])signed.Artefact.Clone();
        flipped[at] ^= (byte)random.Next(1, 256);
        signed.WriteArtefact(flipped);
    }
}
