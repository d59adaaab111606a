using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Trials;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Drills;

/// <summary>The place of a drill, once it is sure that nothing else can be touched there and that there is room.</summary>
/// <param name="Offered">The place that the caller offers.</param>
/// <param name="ScratchParent">Full path of the folder in which the drill makes its scratch folder.</param>
/// <param name="SpaceNeeded">Bytes that the drill needs free there.</param>
/// <param name="SpaceFree">Bytes free there.</param>
/// <param name="InWords">The place for a reader of the plan.</param>
internal sealed record DrillPlace(TrialPlace Offered, string ScratchParent, long SpaceNeeded, long SpaceFree, string InWords)
{
    // The restored database, the stage of the second restore, and the copy that it keeps of the lost one.
    private const int Copies = 3;
    private const long ServerFiles = 100_000_000;
    private const long LargestReserve = 1L << 30;

    /// <summary>Finds the place. Errors: InvalidRequest, RestoreRefused for the source itself and for a database that is not empty,
    /// NotEnoughSpace, and those of reaching a server.</summary>
    public static async Task<DrillPlace> FindAsync(OpsSettings settings, DrillRequest request, DrillSubject subject,
        CancellationToken cancellation)
    {
        var parent = request.ScratchFolder is { } folder ? RequireFolder(folder, subject) : settings.BackupRoot;
        var isOfServer = subject.Mode == DatabaseMode.Postgres;
        if (request.EndToEnd)
        {
            var disposable = EndToEndDrill.RequireDatabase(settings, subject);
            await DisposableDatabase.RequireOtherAsync(disposable, EndToEndDrill.Others(settings, subject), cancellation);
            await DisposableDatabase.RequireFreeAsync(disposable, cancellation);
            return new(new TrialPlace(Disposable: disposable), parent, 0, Files.FreeSpace(parent),
                $"the disposable database {disposable.Name}");
        }

        if (request.ScratchServer is { } server)
        {
            if (!isOfServer)
                throw new InvalidRequestException($"{OptionName.ScratchUrl}",
                    $"{OptionName.ScratchUrl} is for PostgreSQL, and {subject.Source} is a SQLite file.", "Leave it out.");
            // Of a server elsewhere the disk is not known.
            if (await TrialDatabase.RequireServerAsync((PostgresAddress)server, cancellation) is { } data)
                RequireSpace(data, Copies * subject.Bytes, $"Name a server with a larger disk with {OptionName.ScratchUrl}.");
            return new(new TrialPlace(Server: server), parent, 0, Files.FreeSpace(parent), $"a scratch database on {server.Name}");
        }

        var needed = (Copies * subject.Bytes) + (isOfServer ? ServerFiles : 0);
        RequireSpace(parent, needed, $"Name a folder on a larger disk with {OptionName.ScratchPath}.");
        return new(TrialPlace.OfItsOwn, parent, needed, Files.FreeSpace(parent),
            isOfServer ? "a temporary server on this machine" : "a scratch file on this machine");
    }

    /// <summary>Makes the scratch folder, after those of dead drills were swept. Errors: AccessDenied.</summary>
    public ScratchFolder CreateScratch(string backupRoot, bool isNamed)
    {
        ScratchFolder.Sweep(ScratchParent);
        if (isNamed) return ScratchFolder.CreateIn(ScratchParent, backupRoot);
        // Without a backup root the scratch folder would lie on another disk than the one with room.
        MakeRoot(backupRoot);
        return ScratchFolder.Create(backupRoot);
    }

    private static void MakeRoot(string backupRoot)
    {
        try
        {
            Files.CreatePrivateFolder(backupRoot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessDeniedException(backupRoot, $"The backup root cannot be made: {e.Message}",
                $"Run as a user who may write there, or name another {OptionName.BackupRoot}.", e);
        }
    }

    // A drill must not fill the disk of the production system that it runs on.
    private static void RequireSpace(string folder, long needed, string hint)
    {
        var volume = Volume.Of(folder);
        var (free, reserve) = (volume.FreeForUser, Math.Min(volume.Bytes / 20, LargestReserve));
        if (free - needed >= reserve) return;
        throw new NotEnoughSpaceException(folder,
            Invariant($"The drill needs {needed:N0} bytes for the database in {Copies} copies, {free:N0} are free below {folder}, and ")
                + Invariant($"{reserve:N0} must stay free."), hint);
    }

    private static string RequireFolder(string folder, DrillSubject subject)
    {
        if (Directory.Exists(folder)) return folder;
        if (!File.Exists(folder))
            throw new SourceNotFoundException(folder, $"There is no folder {folder}.", "Make the folder first.");
        var isSource = subject.Mode == DatabaseMode.Sqlite && IsSameFile(folder, subject.Source);
        throw new InvalidRequestException(folder,
            isSource ? $"{folder} is the database itself, which a drill never touches." : $"{folder} is a file.",
            $"Name a folder with {OptionName.ScratchPath}: the drill makes a scratch file there and removes it again.");
    }

    private static bool IsSameFile(string path, string other)
    {
        if (!File.Exists(other)) return false;
        var (one, source) = (FileFacts.Of(Files.RealPath(path)), FileFacts.Of(Files.RealPath(other)));
        return Files.RealPath(path) == Files.RealPath(other) || (one.Number != 0 && one.Stamp == source.Stamp);
    }
}
