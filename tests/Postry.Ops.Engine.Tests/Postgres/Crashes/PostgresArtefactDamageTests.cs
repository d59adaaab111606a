using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Postgres.Crashes;

/// <summary>Any change of any file of an archive is found: its test fails at every level that reads bytes, its restore is refused, and the
/// live database stays as it is.</summary>
public sealed class PostgresArtefactDamageTests(ITestOutputHelper output)
{
    [PostgresFact]
    public async Task Every_file_flipped_truncated_emptied_or_missing()
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        var random = Seed.Random(output);
        var artefact = Artefact(fixture);
        var files = Directory.GetFiles(artefact, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        Assert.True(files.Count >= 4, string.Join(", ", files));
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            foreach (var position in Positions(bytes.Length, random))
                await DamagedAsync(fixture, file, bytes, Flipped(bytes, position, random), $"bit of byte {position}");
            foreach (var length in new[] { 0, bytes.Length / 2, bytes.Length - 1 }.Distinct())
                await DamagedAsync(fixture, file, bytes, bytes[..length], $"cut to {length}");
            await DamagedAsync(fixture, file, bytes, [.. bytes, 0], "one byte more");
            File.Delete(file);
            await RefusedAsync(fixture, $"{Path.GetFileName(file)} is missing");
            File.WriteAllBytes(file, bytes);
        }

        Assert.Equal(CheckStatus.Passed, (await fixture.Work.TestAsync(fixture.Backup.Id, VerificationLevel.Contents)).Status);
        Assert.Equal(fixture.Before, fixture.Now);
        fixture.AssertTidy();
    }

    [PostgresFact]
    public async Task An_extra_file_or_folder()
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        foreach (var name in new[] { "9999.dat.gz", "extra", ".hidden", "sub/file" })
        {
            var path = Path.Combine(Artefact(fixture), name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "extra");
            await RefusedAsync(fixture, name);
            File.Delete(path);
        }
    }

    [PostgresFact]
    public async Task The_manifest_or_the_files_of_another_set()
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        var later = await fixture.BackUpAsync();
        var (first, second) = (Artefact(fixture), fixture.Work.Engine.FindBackup(new BackupSelector { Id = later.Id }).BackupFile);
        // The files of each under the other's name, and with that under the other's manifest.
        Swap(first, second);
        await RefusedAsync(fixture, "files of another set");
        await RefusedAsync(fixture, "files of another set", later.Id);
        Swap(first, second);
        File.Copy(second + ".manifest.json", first + ".manifest.json", overwrite: true);
        Assert.DoesNotContain(fixture.Work.Engine.ListBackups(new BackupQuery()), set => set.BackupFile == first
            && set.Status == BackupStatus.Complete);
        await RefusedAsync(fixture, "manifest of another set", new BackupSelector { BackupFile = first });
        Assert.Equal(fixture.Before, fixture.Now);
    }

    private static async Task DamagedAsync(ServerFixture fixture, string file, byte[] bytes, byte[] damaged, string what)
    {
        File.WriteAllBytes(file, damaged);
        await RefusedAsync(fixture, $"{Path.GetFileName(file)}: {what}");
        File.WriteAllBytes(file, bytes);
    }

    private static Task RefusedAsync(ServerFixture fixture, string what, string? id = null) =>
        RefusedAsync(fixture, what, new BackupSelector { Id = id ?? fixture.Backup.Id });

    private static async Task RefusedAsync(ServerFixture fixture, string what, BackupSelector selector)
    {
        foreach (var level in new[] { VerificationLevel.Artefact, VerificationLevel.Contents })
            Assert.True((await fixture.Work.Engine.TestAsync(selector, level)).Status == CheckStatus.Failed,
                $"{what}: a test at level {level} does not find it");
        var refused = await Assert.ThrowsAnyAsync<OpsException>(() =>
            fixture.Work.Engine.PlanRestoreAsync(fixture.Request with { Backup = selector }));
        Assert.True(refused is BackupCorruptException or ManifestInvalidException or SignatureMismatchException,
            $"{what}: {refused.ErrorId} {refused.Message}");
        Assert.Empty(fixture.Work.Engine.ListRestores());
    }

    /// <summary>A restore that was planned while the archive was whole looks again.</summary>
    [PostgresTheory]
    [InlineData("toc.dat")]
    [InlineData("*.dat.gz")]
    public async Task Damaged_after_the_restore_was_planned(string pattern)
    {
        using var fixture = await ServerFixture.PrepareAsync(PostgresServer.Shared, ServerScenario.Swap);
        var plan = await fixture.Work.Engine.PlanRestoreAsync(fixture.Request);
        var file = Directory.GetFiles(Artefact(fixture), pattern).MaxBy(found => new FileInfo(found).Length)!;
        var bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, Flipped(bytes, bytes.Length * 2 / 3, Seed.Random(output)));
        var refused = await Assert.ThrowsAnyAsync<OpsException>(() => fixture.Work.Engine.RestoreAsync(plan));
        Assert.True(refused is BackupCorruptException or ToolFailedException, $"{refused.ErrorId} {refused.Message}");
        Assert.Equal(fixture.Before, fixture.Now);
        File.WriteAllBytes(file, bytes);
        fixture.AssertTidy();
    }

    private static string Artefact(ServerFixture fixture) =>
        fixture.Work.Engine.FindBackup(new BackupSelector { Id = fixture.Backup.Id }).BackupFile;

    private static IEnumerable<int> Positions(int length, Random random) => length == 0 ? []
        : Enumerable.Range(0, TestOptions.Long ? 60 : 3).Select(_ => random.Next(length)).Concat([0, length - 1]).Distinct();

    private static byte[] Flipped(byte[] bytes, int position, Random random)
    {
        var copy = bytes.ToArray();
        copy[position] ^= (byte)(1 << random.Next(8));
        return copy;
    }

    private static void Swap(string first, string second)
    {
        Directory.Move(first, first + "-aside");
        Directory.Move(second, first);
        Directory.Move(first + "-aside", second);
    }
}
