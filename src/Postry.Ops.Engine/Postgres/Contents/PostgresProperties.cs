using System.Globalization;
using Postry.Ops.Engine.Databases;

namespace Postry.Ops.Engine.Postgres.Contents;

/// <summary>What a description says beside rows and definitions, as a list that can be held against another one.</summary>
internal static class PostgresProperties
{
    private const string NotInManifest = "the manifest of this set, which an earlier version wrote, does not say";
    private const string WithoutFingerprints = "the set was made without content fingerprints";

    /// <summary>The properties of a backup beside those of a live database.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="live">The live database, described like a backup of it.</param>
    /// <param name="unreadable">Sequences whose values the role may not read, by what messages call them.</param>
    /// <param name="isPlainDump">True for a plain dump, which says nothing of the database itself.</param>
    public static (List<DatabaseProperty> Backup, List<DatabaseProperty> Live) Compare(
        PostgresDescription backup, PostgresDescription live, IReadOnlyCollection<string> unreadable, bool isPlainDump)
    {
        var (held, there) = (Objects(backup, unreadable).ToList(), Objects(live, unreadable).ToList());
        // Whether an object is there at all is a matter of its definition.
        var both = held.Select(Key).Intersect(there.Select(Key)).ToHashSet();
        held.RemoveAll(property => !both.Contains(Key(property)));
        there.RemoveAll(property => !both.Contains(Key(property)));
        if (isPlainDump) return (held, there);
        return ([.. held, .. Of(backup.Database), .. LargeObjects(backup, live)], [.. there, .. Of(live.Database), .. LargeObjects(live, backup)]);
    }

    private static (string, string) Key(DatabaseProperty property) => (property.Kind, property.Name);

    private static IEnumerable<DatabaseProperty> Objects(PostgresDescription description, IReadOnlyCollection<string> unreadable)
    {
        foreach (var sequence in description.Sequences)
        {
            var name = PostgresNames.Display(sequence.Schema, sequence.Name);
            if (unreadable.Contains(name)) continue;
            yield return new DatabaseProperty(PropertyKind.Sequence, name,
                $"{sequence.LastValue.ToString(CultureInfo.InvariantCulture)}{(sequence.IsCalled ? "" : " (not used yet)")}");
        }

        foreach (var name in unreadable) yield return new DatabaseProperty(PropertyKind.Sequence, name, null, Unknown: "no permission to read it");
        foreach (var view in description.MaterializedViews ?? [])
            yield return new DatabaseProperty(PropertyKind.MaterializedView, PostgresNames.Display(view.Schema, view.Name), view.Populated ? "populated" : "not populated");
        // A plain dump names no versions.
        foreach (var extension in description.Extensions.Where(extension => extension.Version.Length > 0))
            yield return new DatabaseProperty(PropertyKind.Extension, extension.Name, extension.Version);
    }

    private static IEnumerable<DatabaseProperty> LargeObjects(PostgresDescription description, PostgresDescription other)
    {
        if (description.LargeObjects is not { } objects || other.LargeObjects is not { } others || objects.Count + others.Count == 0) yield break;
        var size = objects.Bytes is { } bytes ? FormattableString.Invariant($", {bytes:N0} bytes") : "";
        yield return new DatabaseProperty(PropertyKind.LargeObjects, "contents", FormattableString.Invariant($"{objects.Count:N0} objects{size}"),
            objects.Count != others.Count ? FormattableString.Invariant($"{objects.Count}") : objects.Fingerprint ?? "",
            objects.Count == others.Count && (objects.Fingerprint is null || others.Fingerprint is null) ? objects.Unread ?? others.Unread ?? WithoutFingerprints : null);
        // Of other objects the owners are other ones anyhow.
        if (objects.Count == others.Count)
            yield return new DatabaseProperty(PropertyKind.LargeObjects, "owners, privileges and comments", null,
                description.LargeObjectMetadata, description.LargeObjectMetadata is null ? NotInManifest : null);
    }

    private static IEnumerable<DatabaseProperty> Of(PostgresDatabaseFacts facts)
    {
        DatabaseProperty Fact(string name, string? value) => new(PropertyKind.Database, name, value);
        yield return Fact("owner", facts.Owner);
        yield return Fact("encoding", facts.Encoding);
        yield return Fact("collation", facts.Collate);
        yield return Fact("character type", facts.CType);
        yield return Fact("locale provider", facts.LocaleProvider);
        yield return Fact("locale", facts.Locale);
        yield return Fact("ICU rules", facts.IcuRules);
        yield return Fact("tablespace", facts.Tablespace);
        yield return Fact("connection limit", facts.ConnectionLimit < 0 ? "none" : facts.ConnectionLimit.ToString(CultureInfo.InvariantCulture));
        yield return Fact("comment", facts.Comment);
        foreach (var privileges in Privileges(facts)) yield return privileges;
        foreach (var setting in facts.Settings)
        {
            var name = $"setting {setting.Name}{(setting.Role is { } role ? $" of the role {role} in it" : "")}";
            yield return BackingUp.SourceSurvey.IsSecret(setting.Name)
                ? new DatabaseProperty(PropertyKind.Database, name, null, setting.Value, setting.Value is null ? "by its name it may be a secret, and the set does not tell its value" : null)
                : Fact(name, setting.Value);
        }
    }

    // Who gave a privilege is not compared: a restore gives all of them as the owner. Privileges that were never changed are the server's usual ones.
    private static IEnumerable<DatabaseProperty> Privileges(PostgresDatabaseFacts facts)
    {
        IReadOnlyList<PostgresPrivilege> usual =
        [
            .. new[] { "CONNECT", "CREATE", "TEMPORARY" }.Select(privilege => new PostgresPrivilege(facts.Owner, facts.Owner, privilege, false)),
            .. new[] { "CONNECT", "TEMPORARY" }.Select(privilege => new PostgresPrivilege(facts.Owner, "PUBLIC", privilege, false)),
        ];
        return from privilege in facts.Acl ?? usual
               group $"{privilege.Privilege}{(privilege.Grantable ? " with grant option" : "")}" by privilege.Grantee into grantee
               select new DatabaseProperty(PropertyKind.Database, $"privileges of {grantee.Key}", string.Join(", ", grantee.Distinct().Order(StringComparer.Ordinal)));
    }
}
