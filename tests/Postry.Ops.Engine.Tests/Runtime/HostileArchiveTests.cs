using System.Formats.Tar;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>Archives made to harm, signed by somebody who has the key: each is refused, and nothing of it is written anywhere.</summary>
public sealed class HostileArchiveTests
{
    private const string Harm = "harm";

    public static TheoryData<string> Kinds() => [.. Hostile.Keys];

    // Every archive also holds a harmless file, which must not come out either.
    private static readonly Dictionary<string, Action<TarWriter>> Hostile = new()
    {
        ["parent"] = tar => Add(tar, "../escaped"),
        ["parent in the middle"] = tar => Add(tar, "scripts/../../escaped"),
        ["parent at the end"] = tar => Add(tar, "scripts/.."),
        ["absolute"] = tar => Add(tar, "/tmp/postry-escaped"),
        ["drive letter"] = tar => Add(tar, "C:/escaped"),
        ["drive letter with backslash"] = tar => Add(tar, "c:\\escaped"),
        ["network path"] = tar => Add(tar, "\\\\server\\share\\escaped"),
        ["dot"] = tar => Add(tar, "./escaped"),
        ["empty part"] = tar => Add(tar, "scripts//escaped"),
        ["control character"] = tar => Add(tar, "scripts/a\nb"),
        ["name too long"] = tar => Add(tar, "scripts/" + new string('x', 256)),
        ["path too long"] = tar => Add(tar, string.Join('/', Enumerable.Repeat("x123456789", 500))),
        ["twice"] = tar =>
        {
            Add(tar, "scripts/twice");
            Add(tar, "scripts/twice");
        },
        ["link to a parent"] = tar => Link(tar, "scripts/link", "../../escaped"),
        ["link to an absolute path"] = tar => Link(tar, "scripts/link", "/etc"),
        ["link to nowhere"] = tar => Link(tar, "link", "scripts/../../x"),
        ["through a link"] = tar =>
        {
            Link(tar, "door", "scripts");
            Add(tar, "door/escaped");
        },
        ["a link after what lies below it"] = tar =>
        {
            Add(tar, "door/escaped");
            Link(tar, "door", "scripts");
        },
        ["below a file"] = tar =>
        {
            Add(tar, "file");
            Add(tar, "file/escaped");
        },
        ["hard link"] = tar => tar.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "hard") { LinkName = "/etc/passwd" }),
        ["device"] = tar => tar.WriteEntry(new PaxTarEntry(TarEntryType.BlockDevice, "disk") { DeviceMajor = 8, DeviceMinor = 0 }),
        ["character device"] = tar => tar.WriteEntry(
            new PaxTarEntry(TarEntryType.CharacterDevice, "null") { DeviceMajor = 1, DeviceMinor = 3 }),
        ["pipe"] = tar => tar.WriteEntry(new PaxTarEntry(TarEntryType.Fifo, "pipe")),
        ["not in the manifest"] = tar => Add(tar, "scripts/extra"),
    };

    [StockTheory]
    [MemberData(nameof(Kinds))]
    public async Task It_is_refused_and_nothing_is_written(string kind)
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpFilesAsync();
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            Add(writer, "scripts/harmless");
            Hostile[kind](writer);
        }

        // The manifest says what the archive's maker wanted it to say: every entry that an honest reader would find.
        set = fixture.Forge(set, Compress(tar.ToArray()), manifest => manifest with
        {
            Source = manifest.Source with { Bytes = tar.Length },
            Runtime = manifest.Runtime! with { Entries = [Entry("scripts/harmless")] },
        });
        Assert.Equal(BackupStatus.Complete, set.Status);
        await AssertRefusedAsync(fixture, set, kind == "not in the manifest" ? typeof(BackupCorruptException)
            : typeof(ArchiveRefusedException));
    }

    [StockFact]
    public async Task A_name_that_an_extended_header_gives_counts()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpFilesAsync();
        var path = fixture.Work["backups/extended.tar"];
        StockTools.Shell(
            "python3 -c 'import sys, tarfile, io; t = tarfile.open(sys.argv[1], \"w\", format=tarfile.PAX_FORMAT); i = " +
            "tarfile.TarInfo(\"innocent\"); i.size = 4; i.pax_headers = {\"path\": \"../escaped\"}; t.addfile(i, io.BytesIO(b\"harm\")); " +
            "t.close()' \"$1\"", path);
        Assert.Contains("../escaped", StockTools.Shell("tar -tPf \"$1\"", path));
        var tar = File.ReadAllBytes(path);
        File.Delete(path);
        set = fixture.Forge(set, Compress(tar), manifest =>
            manifest with { Source = manifest.Source with { Bytes = tar.Length }, Runtime =
            manifest.Runtime! with { Entries = [Entry("innocent")] } });
        await AssertRefusedAsync(fixture, set, typeof(ArchiveRefusedException));
    }

    [StockFact]
    public async Task A_bomb_is_refused_whatever_its_manifest_says()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpFilesAsync();
        set = fixture.Forge(set, Compress(new byte[64 << 20]), manifest =>
            manifest with { Source = manifest.Source with { Bytes = 1 << 20 } });
        await AssertRefusedAsync(fixture, set, typeof(BackupCorruptException));
    }

    [StockFact]
    public async Task Bytes_that_are_no_archive_are_refused()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpFilesAsync();
        var random = new byte[100_000];
        new Random(7).NextBytes(random);
        set = fixture.Forge(set, Compress(random), manifest => manifest with { Source = manifest.Source with { Bytes = random.Length } });
        await AssertRefusedAsync(fixture, set, typeof(ArchiveRefusedException));
    }

    [StockFact]
    public async Task A_flipped_byte_anywhere_is_found_before_the_first_is_written()
    {
        using var fixture = new RuntimeFixture();
        var set = await fixture.BackUpFilesAsync();
        var bytes = File.ReadAllBytes(set.BackupFile);
        for (var at = 0; at < bytes.Length; at += Math.Max(1, bytes.Length / 40))
        {
            var damaged = bytes.ToArray();
            damaged[at] ^= 0x20;
            File.WriteAllBytes(set.BackupFile, damaged);
            await AssertRefusedAsync(fixture, fixture.Work.Engine.FindBackup(new BackupSelector { BackupFile = set.BackupFile }),
                typeof(BackupCorruptException));
        }
    }

    [Theory]
    [InlineData("CON")]
    [InlineData("scripts/nul.txt")]
    [InlineData("scripts/COM1")]
    [InlineData("scripts/lpt9.log")]
    [InlineData("scripts/aux ")]
    [InlineData("scripts/stream.txt:hidden")]
    [InlineData("scripts/dot.")]
    [InlineData("scripts\\..\\..\\escaped")]
    public void Names_that_mean_something_else_on_another_platform(string name)
    {
        Assert.NotNull(new EntryRules(anyPlatform: true, ignoresCase: false).FindObstacle(name, RuntimeEntryKind.File, null));
        // A host that has such names in its signed archive also gets them back.
        Assert.Null(new EntryRules(anyPlatform: false, ignoresCase: false).FindObstacle(name, RuntimeEntryKind.File, null));
    }

    [Theory]
    [InlineData("Scripts/a", "scripts/b")]
    [InlineData("scripts/A", "scripts/a")]
    [InlineData("SCRIPTS", "scripts/a")]
    public void Names_that_differ_only_by_case(string first, string second)
    {
        var blind = new EntryRules(anyPlatform: false, ignoresCase: true);
        Assert.Null(blind.FindObstacle(first, first.Contains('/') ? RuntimeEntryKind.File : RuntimeEntryKind.Folder, null));
        Assert.NotNull(blind.FindObstacle(second, RuntimeEntryKind.File, null));
        var exact = new EntryRules(anyPlatform: false, ignoresCase: false);
        Assert.Null(exact.FindObstacle(first, first.Contains('/') ? RuntimeEntryKind.File : RuntimeEntryKind.Folder, null));
        Assert.Null(exact.FindObstacle(second, RuntimeEntryKind.File, null));
    }

    public static TheoryData<string> Zips() =>
    [
        "../escaped", "scripts/../../escaped", "/tmp/postry-escaped", "C:/escaped", "C:\\escaped", "..\\escaped",
        "scripts\\..\\..\\escaped", "\\\\server\\share\\escaped",
        "CON", "scripts/nul.txt", "scripts/a:b", "scripts//x", "scripts/x.", "twice", "link", "bomb", "encrypted",
    ];

    /// <summary>The old scripts' zips are made with Python's zipfile, which puts in whatever it is told.</summary>
    [StockTheory]
    [MemberData(nameof(Zips))]
    public async Task A_zip_of_the_old_scripts_gets_the_same_checks(string kind)
    {
        using var fixture = new RuntimeFixture();
        var zip = fixture.Work["backups/runtime-backup-20260101-000000.zip"];
        Directory.CreateDirectory(fixture.Work.BackupRoot);
        StockTools.Shell(
            """
            python3 - "$1" "$2" <<'END'
            import sys, zipfile, stat, warnings
            warnings.simplefilter('ignore')
            path, kind = sys.argv[1:]
            with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
                z.writestr('scripts/harmless', 'x')
                if kind == 'twice':
                    z.writestr('scripts/twice', 'a'); z.writestr('scripts/twice', 'b')
                elif kind == 'link':
                    i = zipfile.ZipInfo('scripts/link'); i.external_attr = (stat.S_IFLNK | 0o777) << 16; i.create_system = 3
                    z.writestr(i, '../../escaped')
                elif kind == 'bomb':
                    with z.open('scripts/bomb', 'w', force_zip64=True) as f:
                        for _ in range(1100): f.write(b'\0' * (1 << 20))
                elif kind == 'encrypted':
                    z.writestr('scripts/secret', 'x')
                else:
                    i = zipfile.ZipInfo('x'); i.filename = kind; z.writestr(i, 'harm')
            if kind == 'encrypted':
                data = bytearray(open(path, 'rb').read())
                at = data.rfind(b'PK\x01\x02'); data[at + 8] |= 1
                open(path, 'wb').write(data)
            END
            """, zip, kind);
        var before = StockTools.Tree(fixture.Work.Folder);
        using var scratch = ScratchFolder.Create(Directory.CreateDirectory(fixture.Work["backups"]).FullName);
        var archive = new RuntimeArchive(Manifest(zip), zip, scratch, trusted: true, ignoresCase: false, SilentObserver.Instance);
        var failed = Assert.Single(await archive.CheckAsync(CancellationToken.None), check => check.Status == CheckStatus.Failed);
        Assert.Equal("Entries", failed.Name);
        scratch.Dispose();
        Assert.Equal(before, StockTools.Tree(fixture.Work.Folder));
        Assert.False(File.Exists("/tmp/postry-escaped"));
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(fixture.Work.Folder)!, "escaped")));
    }

    [StockFact]
    public async Task An_honest_zip_with_backslashes_reads_as_folders()
    {
        using var fixture = new RuntimeFixture();
        Directory.CreateDirectory(fixture.Work.BackupRoot);
        var zip = fixture.Work["backups/runtime-backup-20260101-000000.zip"];
        StockTools.Shell(
            "python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], \"w\"); i = zipfile.ZipInfo(\"x\"); i.filename = " +
            "\"backend\\\\.env\"; z.writestr(i, \"A=1\"); z.close()' \"$1\"", zip);
        using var scratch = ScratchFolder.Create(fixture.Work.BackupRoot);
        var archive = new RuntimeArchive(Manifest(zip), zip, scratch, trusted: true, ignoresCase: false, SilentObserver.Instance);
        Assert.DoesNotContain(await archive.CheckAsync(CancellationToken.None), check => check.Status == CheckStatus.Failed);
        Assert.Equal("backend/.env", Assert.Single(archive.Entries).Path);
    }

    private static async Task AssertRefusedAsync(RuntimeFixture fixture, BackupSet set, Type expected)
    {
        var before = StockTools.Tree(fixture.Work.Folder);
        var outside = OutsideOf(fixture);
        var error = await Assert.ThrowsAnyAsync<OpsException>(() => fixture.PlanFilesAsync(set.Id));
        Assert.IsType(expected, error);
        Assert.NotEmpty(error.Hint);
        Assert.Equal(CheckStatus.Failed, (await fixture.Work.TestAsync(set.Id, VerificationLevel.Contents)).Status);
        Assert.Equal(CheckStatus.Failed, (await fixture.Work.TestAsync(set.Id, VerificationLevel.Restore)).Status);
        Assert.Equal(before, StockTools.Tree(fixture.Work.Folder));
        Assert.Equal(outside, OutsideOf(fixture));
        Assert.Empty(fixture.Work.Engine.ListRestores());
    }

    private static string OutsideOf(RuntimeFixture fixture) =>
        $"{File.Exists("/tmp/postry-escaped")} {File.Exists(Path.Combine(Path.GetDirectoryName(fixture.Work.Folder)!, "escaped"))} " +
            $"{File.Exists(Path.Combine(Environment.CurrentDirectory, "escaped"))}";

    private static BackupManifest Manifest(string zip) => new()
    {
        Format = BackupManifest.CurrentFormat,
        Id = "legacy00",
        Database = "legacy-runtime",
        Label = null,
        Mode = DatabaseMode.Runtime,
        SnapshotAt = DateTime.UnixEpoch,
        DurationSeconds = 0,
        Source = new SourceIdentity("unknown", "unknown", 0, null, null, null),
        Artefact = new ArtefactDescription(Path.GetFileName(zip), new FileInfo(zip).Length, StockTools.Hash(zip), RuntimeArchive.Zip),
        Contents = new DatabaseContents(FingerprintKind.None, null, [], []),
        Software = new SoftwareDescription("the old scripts", "?", "?"),
    };

    private static RuntimeEntry Entry(string path) => new(path, RuntimeEntryKind.File, Harm.Length, "644", DateTime.UnixEpoch,
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Harm))));

    private static void Add(TarWriter tar, string name) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = Bytes(Harm) });

    private static void Link(TarWriter tar, string name, string target) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target });

    private static MemoryStream Bytes(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    private static byte[] Compress(byte[] bytes)
    {
        var archive = new MemoryStream();
        ParallelGzip.CompressAsync(new MemoryStream(bytes), archive, _ => { }, CancellationToken.None).GetAwaiter().GetResult();
        return archive.ToArray();
    }
}
