using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using static Postry.Ops.Engine.Model.PostgresNames;

namespace Postry.Ops.Engine.Engines.Postgres.Swap;

/// <summary>The database of a stage on the server: its creation, and the properties of the database itself.</summary>
/// <param name="live">The live database.</param>
/// <param name="server">A session on its server.</param>
/// <param name="archive">The archive that is restored.</param>
/// <param name="options">The options of the restore.</param>
/// <param name="log">The journal, which names the stage.</param>
/// <param name="observer">Receives the progress.</param>
internal sealed class StageDatabase(PostgresAddress live, PostgresSession server, PostgresArchive archive, PostgresRestoreOptions options,
    SwapLog log, IOperationObserver observer)
{
    private const string Writable = "-c default_transaction_read_only=off";

    private string Name => log.Journal.Stage;

    /// <summary>The name of the restore's target, which errors carry.</summary>
    public string Target => live.Name;

    /// <summary>The address of the stage.</summary>
    public PostgresAddress Address => live.For(Name);

    /// <summary>The address for sessions that fill the stage. No session depends on the stage before the swap, whose own commit makes
    /// everything before it durable.</summary>
    public PostgresAddress FillAddress => Address.WithOptions($"-c synchronous_commit=off -c maintenance_work_mem=256MB {Writable}");

    /// <summary>Major version of the server.</summary>
    public int ServerMajor => server.ServerMajor;

    /// <summary>Creates the database, empty, like the one that was backed up.</summary>
    public async Task CreateAsync(CancellationToken cancellation)
    {
        observer.Progress(new OperationProgress("PostgreSQL", "Making a new database"));
        var facts = archive.Description.Database;
        await OnServerAsync("make a database like the one that was backed up", () =>
            server.ExecuteAsync(DatabaseProperties.Create(Name, facts, ServerMajor, options), cancellation));
        var comment = ServerDatabases.StageComment(log.Journal.Target.Identity!, log.Journal.RestoreId);
        await server.ExecuteAsync($"COMMENT ON DATABASE {Quote(Name)} IS {Literal(comment)}", cancellation);
        var oid = await ServerDatabases.OidAsync(server, Name, cancellation);
        log.Note(journal => journal with { Server = journal.Server! with { StageOid = oid } });
        if (options.NoOwner || !DatabaseProperties.IsOwnedFromInside(facts)) return;
        await OnServerAsync("give the new database to its owner", () => InsideAsync(session =>
            session.ExecuteAsync(DatabaseProperties.Own(Name, facts), cancellation), cancellation));
    }

    /// <summary>Creates the database anew, for another attempt.</summary>
    public async Task RecreateAsync(CancellationToken cancellation)
    {
        await ServerDatabases.DropAsync(server, Name, cancellation);
        await CreateAsync(cancellation);
    }

    /// <summary>Gives the database the properties of the one that was backed up.</summary>
    public async Task ApplyPropertiesAsync(CancellationToken cancellation)
    {
        var facts = await KeptBackSettings.CompleteAsync(archive.Manifest, archive.Path, cancellation);
        foreach (var lost in facts.Settings.Where(setting => setting.Value is null && !(options.NoOwner && setting.Role is not null)))
            observer.Warning(
                $"The backup does not contain the value of {lost.Name}{(lost.Role is null ? "" : $" for {lost.Role}")} in {facts.Name}, " +
                $"because its name suggests a secret: set it again (ALTER {(lost.Role is null ? "" : "ROLE ... IN ")}DATABASE ... SET).");
        if (options.NoTablespaces) facts = DatabaseProperties.WithoutTablespaces(facts);
        await OnServerAsync("take what was set for the database that was backed up", () => InsideAsync(session =>
            DatabaseProperties.ApplyAsync(session, Name, facts, options.NoOwner, cancellation), cancellation));
    }

    /// <summary>Works in a session in the database.</summary>
    public async Task InsideAsync(Func<NpgsqlSession, Task> work, CancellationToken cancellation)
    {
        await using var session = await PostgresConnector.OpenAsync(Address.WithOptions(Writable), cancellation);
        await work(session);
    }

    // The server must allow the properties that a database is created with: if it refuses them, the archive is not to blame.
    private async Task OnServerAsync(string doing, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (PostgresException e) when (PostgresErrors.Explain(e, live) is ServerErrorException said)
        {
            throw new InvalidRequestException(live.Name, $"The server does not {doing}: {said.Message}", said.Hint, e);
        }
    }
}
