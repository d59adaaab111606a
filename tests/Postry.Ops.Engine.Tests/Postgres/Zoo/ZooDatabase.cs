using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Zoo;

/// <summary>Databases with every kind of object, made by scripts for the stock psql.</summary>
internal static class ZooDatabase
{
    private static readonly Lock Roles = new();

    /// <summary>Creates a database with every kind of object, objects in no schema and the database's own properties included.</summary>
    public static async Task<PostgresAddress> MakeAsync(PostgresServer server, string? name = null)
    {
        var address = await MakeSchemasAsync(server, name);
        server.Psql(address.Database, Script("database.sql"));
        SetProperties(server, address.Database);
        return address;
    }

    /// <summary>Gives a database the properties that lie outside of it.</summary>
    public static void SetProperties(PostgresServer server, string database) =>
        server.Psql("postgres", $"\\set db '{PostgresServer.Quote(database).Replace("'", "''")}'\n{Script("properties.sql")}");

    /// <summary>Creates a database with the objects that lie in schemas.</summary>
    public static async Task<PostgresAddress> MakeSchemasAsync(PostgresServer server, string? name = null)
    {
        lock (Roles) server.Psql("postgres", Script("roles.sql"));
        var address = await server.CreateDatabaseAsync(name, "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
        server.Psql(address.Database, Script("schemas.sql"));
        return address;
    }

    /// <summary>The text of a script.</summary>
    public static string Script(string name)
    {
        using var stream = typeof(ZooDatabase).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
