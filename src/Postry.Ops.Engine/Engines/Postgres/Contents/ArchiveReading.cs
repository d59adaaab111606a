using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>The result of reading an archive folder.</summary>
/// <param name="Files">Every file, by name.</param>
/// <param name="Tables">Rows and fingerprint of each table whose rows are in the archive, by name; both are null where its file is
/// damaged.</param>
/// <param name="LargeObjects">All large objects; the archive of a selection of schemas has none.</param>
/// <param name="Damage">The files that could not be read. Damage is a result, not an exception.</param>
internal sealed record ArchiveReading(
    IReadOnlyList<FolderFile> Files,
    IReadOnlyList<TableContent> Tables,
    PostgresLargeObjects LargeObjects,
    IReadOnlyList<ArchiveDamage> Damage);

/// <summary>A file of an archive that does not hold what it should.</summary>
/// <param name="File">The name of the file in the folder.</param>
/// <param name="Problem">The problem, as a sentence.</param>
internal sealed record ArchiveDamage(string File, string Problem);
