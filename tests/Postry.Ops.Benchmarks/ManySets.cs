using System.Globalization;
using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Benchmarks;

/// <summary>A backup root with many small sets, made from one real one: each has an artefact of its own and a manifest that says so and is
/// signed.</summary>
internal static class ManySets
{
    private const int LabelEvery = 20;
    private static readonly string[] Databases = ["app", "shop", "wiki"];
    private static readonly IntegrityKey Key = new("a key for benchmarks, 32 bytes.."u8);

    /// <summary>Adds sets until there are so many: hourly ones of three databases in turn, of which some have a label.</summary>
    /// <param name="root">The backup root, which holds one set.</param>
    /// <param name="count">The number of sets.</param>
    public static void Make(string root, int count)
    {
        var first = Directory.EnumerateFiles(Path.Combine(root, BackupKeys.DatabaseFolder), "*" + BackupKeys.ManifestSuffix).Single();
        var read = ManifestReader.Read(first, Keyring.Of("a key for benchmarks, 32 bytes.."u8));
        var model = read.Manifest!;
        var artefact = File.ReadAllBytes(read.ArtefactPath);
        Parallel.For(1, count, i =>
        {
            var database = Databases[i % Databases.Length];
            var at = model.SnapshotAt.AddHours(-(i / Databases.Length) - 1);
            var id = BackupKeys.NewId();
            var path = Path.Combine(root, BackupLayout.ArtefactKey(DatabaseMode.Sqlite, database, at, id, ".db.gz"));
            var manifest = model with
            {
                Id = id,
                Database = database,
                Label = i % LabelEvery == 0 ? string.Create(CultureInfo.InvariantCulture, $"release-{i}") : null,
                SnapshotAt = at,
                Source = model.Source with { Path = $"/srv/{database}.db" },
                Artefact = model.Artefact with { File = Path.GetFileName(path) },
                Sequence = count - i,
            };
            File.WriteAllBytes(path, artefact);
            File.WriteAllBytes(path + BackupKeys.ManifestSuffix,
                SignedText.Sign(manifest.ToJson(), BackupManifest.DomainOf(path), Key));
        });
    }
}
