using System.Text;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;

namespace Postry.Ops.Engine.Operations.Scaffolding;

/// <summary>A first postry.json, written or only planned.</summary>
public sealed record StarterConfiguration
{
    /// <summary>Full path of postry.json.</summary>
    public required string Path { get; init; }

    /// <summary>Full path of the schema beside it.</summary>
    public required string SchemaFile { get; init; }

    /// <summary>The databases that it names.</summary>
    public required IReadOnlyList<string> Databases { get; init => field = Indexable.Of(value); }

    /// <summary>The findings in the folder and the environment, without any value.</summary>
    public required IReadOnlyList<string> Found { get; init => field = Indexable.Of(value); }

    /// <summary>The text of postry.json.</summary>
    public required string Text { get; init; }

    /// <summary>Full path of a file that gets a new integrity key; null where none is made.</summary>
    public string? KeyFile { get; init; }

    /// <summary>How to use the key, or how to make one; null where the environment has one. The text never holds a key.</summary>
    public string? KeyNote { get; init; }

    /// <summary>A sentence that says what is done.</summary>
    public required string Summary { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Summary;
}

/// <summary>Makes a first postry.json of what is in a folder.</summary>
internal static class ConfigurationStarter
{
    /// <summary>
    /// Plans the files to write. Errors: SourceNotFound, AccessDenied; DestinationExists unless an existing file may be replaced, and
    /// those of a key file.
    /// </summary>
    /// <param name="settings">The folders, and the key that there is.</param>
    /// <param name="replace">True where an existing postry.json may be replaced.</param>
    /// <param name="keyFile">Full path of the file that gets a new key, or null.</param>
    public static StarterConfiguration Plan(OpsSettings settings, bool replace, string? keyFile = null)
    {
        var folder = settings.RepoRoot;
        if (!Directory.Exists(folder))
            throw new SourceNotFoundException(folder, $"There is no folder {folder}.",
                $"Make it first, or name another with {OptionName.Path}.");
        var path = Path.Combine(folder, OpsSettings.ConfigurationFileName);
        if (Directory.Exists(path))
            throw new DestinationExistsException(path, $"{path} is a folder.",
                $"Give the folder another name, or make the configuration of another one with {OptionName.Path}.");
        if (!replace) RequireFree(path);
        if (keyFile is not null) Guarded(keyFile, () => NewKeyFile.Require(keyFile, settings.BackupRoot));
        var found = Guarded(folder, () => DetectedDatabases.In(folder, settings.Variable));
        var databases = StarterText.Databases(found);
        var names = databases.Count == 0 ? "no database, because none was found"
            : $"the database{(databases.Count > 1 ? "s" : "")} {string.Join(", ", databases)}";
        return new StarterConfiguration
        {
            Path = path,
            SchemaFile = Path.Combine(folder, ConfigurationSchema.FileName),
            Databases = databases,
            Found = found.Sentences,
            Text = StarterText.For(found, BackupRoot(settings)),
            KeyFile = keyFile,
            KeyNote = KeyNote(keyFile, settings.Keys),
            Summary = $"{(File.Exists(path) ? "Replace" : "Write")} {path}, with {names}; its schema lies beside it." +
                (keyFile is null ? "" : $" Make a new integrity key in {keyFile}."),
        };
    }

    /// <summary>Writes it. The schema goes first, so that postry.json is never without the one that it names.</summary>
    public static void Write(StarterConfiguration starter, OpsSettings settings, bool replace)
    {
        if (!replace) RequireFree(starter.Path);
        if (starter.KeyFile is { } key) Guarded(key, () => NewKeyFile.Write(key, settings.BackupRoot));
        Guarded(Path.GetDirectoryName(starter.Path)!, () => Publish(starter, replace));
    }

    private static void Publish(StarterConfiguration starter, bool replace)
    {
        // Files of this name are always copies of the schema, so one can be replaced.
        Publish(starter.SchemaFile, ConfigurationSchema.Text, replace: true);
        try
        {
            Publish(starter.Path, starter.Text, replace);
        }
        catch (IOException) when (!replace && File.Exists(starter.Path))
        {
            throw Exists(starter.Path);
        }
    }

    private static string? KeyNote(string? keyFile, Keyring keys) => keyFile is not null
        ? $"Set {EnvironmentVariables.IntegrityKeyFile} to {keyFile} where backups are made or checked. Keep a copy of the file away " +
            "from the backups: without the key, nobody can tell whether a backup is genuine."
        : keys.HasSigningKey ? null
        : $"No integrity key is set, and a backup needs one. Make one with {OptionName.NewKeyFile} PATH, or with: {Keyring.GoodKey}";

    // A folder beside or above is another matter than one below: it is named in full.
    private static string BackupRoot(OpsSettings settings)
    {
        var relative = Path.GetRelativePath(settings.RepoRoot, settings.BackupRoot).Replace(Path.DirectorySeparatorChar, '/');
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? settings.BackupRoot : relative;
    }

    private static void RequireFree(string path)
    {
        if (File.Exists(path)) throw Exists(path);
    }

    private static DestinationExistsException Exists(string path) =>
        new(path, $"{path} exists already.",
            $"Look at it with {CommandName.ListSettings}, or replace it with {OptionName.Force}.");

    // The file holds no secret, so every user who works in the folder may read it, unlike a backup.
    private static void Publish(string path, string text, bool replace)
    {
        var partial = $"{path}.{Guid.NewGuid():N}{Files.PartialSuffix}";
        try
        {
            using (var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            Files.Publish(partial, path, replace);
        }
        catch
        {
            Files.TryDelete(partial);
            throw;
        }
    }

    private static void Guarded(string folder, Action work) => Guarded(folder, () =>
    {
        work();
        return true;
    });

    private static T Guarded<T>(string folder, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AccessDeniedException(folder, $"This user may not read or write in {folder}.",
                "Run as the user who owns the folder.", e);
        }
        catch (IOException e) when (Files.IsDiskFull(e))
        {
            throw new NotEnoughSpaceException(folder, $"The disk that holds {folder} is full.", "Free space there.", e);
        }
    }
}
