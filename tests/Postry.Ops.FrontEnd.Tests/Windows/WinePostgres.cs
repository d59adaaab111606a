using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.FrontEnd.Tests.Windows;

/// <summary>A server of Linux that the tests under Wine have for themselves. Passwords are hashed by MD5, because Wine 8 cannot derive the
/// keys of SCRAM.</summary>
public sealed class WinePostgres : IAsyncLifetime
{
    internal PostgresServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (WineFactAttribute.Reason() is not null || PostgresRequirements.Missing() is not null) return;
        Server = await PostgresServer.StartAsync();
        await Server.AdmitAsync("local all all md5", "host all all 127.0.0.1/32 md5");
        await Server.RunAsync("SET password_encryption = 'md5'; "
            + $"ALTER ROLE {PostgresServer.Superuser} PASSWORD '{Server.Password.Replace("'", "''")}'");
    }

    public async Task DisposeAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
    }
}
