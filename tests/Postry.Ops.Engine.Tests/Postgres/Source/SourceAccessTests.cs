using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres.Source;

/// <summary>
/// A database that cannot be backed up whole is refused by name before anything is written; any other is backed up whole.
/// </summary>
public sealed class SourceAccessTests
{
    private static PostgresServer Server => PostgresServer.Shared;

    [PostgresFact]
    public async Task Row_level_security_is_refused_for_whom_it_hides_rows_and_for_nobody_else()
    {
        using var work = new Workspace();
        var (admin, owner, reader, bypass) = (await Server.CreateDatabaseAsync(), await Server.CreateRoleAsync(),
            await Server.CreateRoleAsync(), await Server.CreateRoleAsync("BYPASSRLS"));
        Server.Psql(admin.Database, $"""
            CREATE TABLE plain (a int); CREATE TABLE hidden (a int); CREATE TABLE forced (a int); INSERT INTO hidden VALUES (1), (2); INSERT INTO forced VALUES (3);
            ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; ALTER TABLE forced ENABLE ROW LEVEL SECURITY; ALTER TABLE forced FORCE ROW LEVEL SECURITY;
            CREATE POLICY one ON hidden USING (a = 1); CREATE POLICY one ON forced USING (a = 1);
            ALTER TABLE plain OWNER TO {owner.Name}; ALTER TABLE hidden OWNER TO {owner.Name}; ALTER TABLE forced OWNER TO {owner.Name}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader.Name}, {bypass.Name};
            """);
        var refused = await RefusedAsync(work, admin.As(reader.Name, reader.Password));
        Assert.Contains("Row-level security may hide rows", refused.Message);
        Assert.Contains("2 tables: public.forced, public.hidden.", refused.Message);
        Assert.Contains("1 table: public.forced.", (await RefusedAsync(work, admin.As(owner.Name, owner.Password))).Message);

        foreach (var (address, options) in new[]
        {
            (admin, new PostgresBackupOptions()), (admin.As(bypass.Name, bypass.Password), new PostgresBackupOptions()),
            (admin.As(owner.Name, owner.Password), new PostgresBackupOptions { ExcludeTableData = ["forced"] }),
            (admin.As(reader.Name, reader.Password), new PostgresBackupOptions { ExcludeTableData = ["forced", "public.hidden"] }),
        })
        {
            var capture = await Captures.TakeAsync(address, work[Guid.NewGuid().ToString("N")], options: options);
            if (options.ExcludeTableData.Count < 2) Assert.Equal(2, Captures.ByName(capture.Contents.Tables)["public.hidden"].Rows);
        }
    }

    [PostgresFact]
    public async Task Whatever_the_role_may_not_read_is_named_up_to_ten_and_counted()
    {
        using var work = new Workspace();
        var (admin, reader) = (await Server.CreateDatabaseAsync(), await Server.CreateRoleAsync());
        var address = admin.As(reader.Name, reader.Password);
        Server.Psql(admin.Database, $"""
            SELECT format('CREATE TABLE t%s (a int)', lpad(i::text, 2, '0')) FROM generate_series(1, 13) i \gexec
            CREATE SEQUENCE counter; CREATE TABLE open (a int); GRANT SELECT ON open TO {reader.Name};
            """);
        var tables = await RefusedAsync(work, address);
        Assert.Contains(
            "14 tables or sequences: public.counter, public.t01, public.t02, public.t03, public.t04, public.t05, public.t06, public.t07, " +
            "public.t08, public.t09 and 4 more.", tables.Message);
        Assert.Contains($"GRANT SELECT ON ... TO {reader.Name}", tables.Hint);

        Server.Psql(admin.Database,
            $"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader.Name}; CREATE SCHEMA closed; CREATE TABLE closed.t (a int); GRANT " +
            $"SELECT ON closed.t TO {reader.Name}");
        Assert.Contains("1 table or sequence: public.counter.",
            (await RefusedAsync(work, address, new PostgresBackupOptions { ExcludeSchemas = ["closed"] })).Message);
        Server.Psql(admin.Database, $"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {reader.Name}");
        Assert.Contains("1 schema: closed.", (await RefusedAsync(work, address)).Message);
        Server.Psql(admin.Database, $"GRANT USAGE ON SCHEMA closed TO {reader.Name}; SELECT lo_from_bytea(4711, 'x')");
        Assert.Contains("1 large object: 4711.", (await RefusedAsync(work, address)).Message);
        Server.Psql(admin.Database, $"GRANT SELECT ON LARGE OBJECT 4711 TO {reader.Name}");

        var capture = await Captures.TakeAsync(address, work["whole"], FingerprintKind.Live);
        Assert.Equal(15, capture.Contents.Tables.Count);
        Assert.Equal(1, capture.Postgres!.LargeObjects!.Count);
        Assert.Equal(reader.Name, capture.Postgres.Database.ConnectedAs);
    }

    private static async Task<AccessDeniedException> RefusedAsync(Workspace work, PostgresAddress address, PostgresBackupOptions? options =
        null)
    {
        var refused = await Assert.ThrowsAsync<AccessDeniedException>(() => Captures.TakeAsync(address, work["refused"], options: options));
        Assert.False(Directory.Exists(work["refused"]));
        return refused;
    }
}
