using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Tests.Addresses;

/// <summary>Every form in which people write down where a PostgreSQL database is.</summary>
public sealed class PostgresAddressTests
{
    private const string Secret = "S3cret";

    [Theory]
    // URLs, and what drivers make of them.
    [InlineData("postgres://ann:S3cret@db.example.com/shop", "db.example.com:5432", "shop", "ann", Secret)]
    [InlineData("postgresql://ann:S3cret@db.example.com:6000/shop", "db.example.com:6000", "shop", "ann", Secret)]
    [InlineData("PostgreSQL://ann@db/shop", "db:5432", "shop", "ann", null)]
    [InlineData("postgresql+psycopg2://ann:S3cret@db/shop", "db:5432", "shop", "ann", Secret)]
    [InlineData("postgresql+asyncpg://ann:S3cret@db/shop", "db:5432", "shop", "ann", Secret)]
    [InlineData("jdbc:postgresql://db:6000/shop?user=ann&password=S3cret", "db:6000", "shop", "ann", Secret)]
    [InlineData("postgresql://ann%40corp:p%40%2F%3A%25@db/my%20shop", "db:5432", "my shop", "ann@corp", "p@/:%")]
    [InlineData("postgresql://ann:p@ss:word@db/shop", "db:5432", "shop", "ann", "p@ss:word")]
    [InlineData("postgresql://ann:a#b@db/shop", "db:5432", "shop", "ann", "a#b")]
    [InlineData("postgresql://ann:S3cret@[2001:db8::1]:6000/shop", "[2001:db8::1]:6000", "shop", "ann", Secret)]
    [InlineData("postgresql://ann@[::1]/shop", "[::1]:5432", "shop", "ann", null)]
    [InlineData("postgresql://ann@a:1,b:2,c/shop", "a:1,b:2,c:5432", "shop", "ann", null)]
    [InlineData("postgresql://ann@a,[::1]:7,c:8/shop", "a:5432,[::1]:7,c:8", "shop", "ann", null)]
    [InlineData("postgresql:///shop?host=/run/pg&port=6000&user=ann", "[/run/pg]:6000", "shop", "ann", null)]
    [InlineData("postgresql://%2Frun%2Fpg/shop?user=ann", "[/run/pg]:5432", "shop", "ann", null)]
    [InlineData("postgresql://ann@[/run/pg]:6000/shop", "[/run/pg]:6000", "shop", "ann", null)]
    [InlineData("postgresql://ann@/shop?host=a:1&host=b:2", "a:1,b:2", "shop", "ann", null)]
    [InlineData("postgresql://ann@/shop?host=a,b&port=1,2", "a:1,b:2", "shop", "ann", null)]
    [InlineData("postgresql://ann@/shop?host=a,b&port=9", "a:9,b:9", "shop", "ann", null)]
    [InlineData("postgresql://ann@db:6000", "db:6000", "ann", "ann", null)]
    [InlineData("postgresql://ann:@db/shop?", "db:5432", "shop", "ann", null)]
    [InlineData("postgresql://db/shop?username=ann&password=S3cret", "db:5432", "shop", "ann", Secret)]
    [InlineData("  postgresql://ann@db/shop\n", "db:5432", "shop", "ann", null)]
    // libpq's form.
    [InlineData("host=db port=6000 dbname=shop user=ann password=S3cret", "db:6000", "shop", "ann", Secret)]
    [InlineData(@"host = db dbname='my shop' user='an\'n' password='a \\b'", "db:5432", "my shop", "an'n", @"a \b")]
    [InlineData(@"host=db dbname=my\ shop user=ann", "db:5432", "my shop", "ann", null)]
    [InlineData("host=a,b port=1,2 dbname=shop user=ann", "a:1,b:2", "shop", "ann", null)]
    [InlineData("host=/run/pg dbname=shop user=ann", "[/run/pg]:5432", "shop", "ann", null)]
    [InlineData("host=::1 dbname=shop user=ann", "[::1]:5432", "shop", "ann", null)]
    [InlineData("hostaddr=10.0.0.1 dbname=shop user=ann", "10.0.0.1:5432", "shop", "ann", null)]
    [InlineData("host=db dbname=shop user=ann password=a;b", "db:5432", "shop", "ann", "a;b")]
    [InlineData("password=S3cret;x user=ann dbname=shop host=db", "db:5432", "shop", "ann", "S3cret;x")]
    // .NET's.
    [InlineData("Host=db;Port=6000;Database=shop;Username=ann;Password=S3cret", "db:6000", "shop", "ann", Secret)]
    [InlineData("host=db;database=shop;username=ann;password=S3cret", "db:5432", "shop", "ann", Secret)]
    [InlineData("password=S3cret;host=db;database=shop;user id=ann", "db:5432", "shop", "ann", Secret)]
    [InlineData("Server=db; User Id=ann; Password=\"a;b=c\"; DB=shop; Pooling=true; Command Timeout=30; Include Error Detail=true",
        "db:5432", "shop", "ann", "a;b=c")]
    [InlineData("Host=a:1,b:2;Database=shop;Username=ann;", "a:1,b:2", "shop", "ann", null)]
    [InlineData("Host=/run/pg;Database=shop;UserID=ann", "[/run/pg]:5432", "shop", "ann", null)]
    public void Every_form_is_read(string text, string hosts, string database, string user, string? password)
    {
        var address = Parse(text);
        Assert.Equal(hosts, string.Join(',', address.Hosts));
        Assert.Equal(database, address.Database);
        Assert.Equal(user, address.User);
        Assert.Equal(password, address.Password);
        Assert.DoesNotContain(Secret, address.Name, StringComparison.Ordinal);
        Assert.DoesNotContain("ann", address.Name.Replace("/ann", ""), StringComparison.Ordinal);
        Assert.Equal(address.Name, address.ToString());
        // The name is an address again, of the same place.
        var again = Parse(address.Name);
        Assert.Equal(address.Hosts, again.Hosts);
        Assert.Equal(address.Database, again.Database);
    }

    [Theory]
    [InlineData("postgresql://db/shop?sslmode=verify-full&sslrootcert=/a%20b.crt", "sslmode=verify-full sslrootcert=/a b.crt")]
    [InlineData("postgresql+asyncpg://db/shop?ssl=require", "sslmode=require")]
    [InlineData("postgresql://db/shop?ssl=true", "sslmode=require")]
    [InlineData("postgresql://db/shop?sslmode=no-verify", "sslmode=require")]
    [InlineData("postgresql://db/shop?options=-c%20geqo%3Doff", "options=-c geqo=off")]
    [InlineData("postgresql://db/shop?pgbouncer=true&schema=public", "")]
    [InlineData("postgresql://db/shop?sslaccept=strict", "sslmode=verify-full")]
    [InlineData("postgresql://db/shop?sslmode=require&sslaccept=strict&sslcert=/ca.crt", "sslmode=verify-full sslrootcert=/ca.crt")]
    [InlineData("postgresql://db/shop?sslaccept=accept_invalid_certs", "sslmode=require")]
    [InlineData("postgresql://db/shop?sslaccept=accept_invalid_certs&sslmode=verify-full", "sslmode=verify-full")]
    [InlineData("postgresql://db/shop?sslmode=verify-full&ssl=true", "sslmode=verify-full")]
    [InlineData("postgresql://db/shop?ssl=false&sslmode=require", "sslmode=require")]
    [InlineData("postgresql://db/shop?ssl-mode=verify-ca&ssl-ca=/ca.crt", "sslmode=verify-ca sslrootcert=/ca.crt")]
    [InlineData("host=db sslmode=disable connect_timeout=5 keepalives=0 target_session_attrs=read-write",
        "connect_timeout=5 keepalives=0 sslmode=disable target_session_attrs=primary")]
    [InlineData("Host=db;SSL Mode=VerifyFull;Timeout=7;Root Certificate=/ca.crt;Trust Server Certificate=true",
        "connect_timeout=7 sslmode=verify-full sslrootcert=/ca.crt")]
    [InlineData("Host=db;SslMode=Require;Target Session Attributes=PreferStandby;Channel Binding=Require",
        "channel_binding=require sslmode=require target_session_attrs=prefer-standby")]
    public void Parameters_have_libpqs_names(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Parse(text).Parameters.OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => $"{p.Key}={p.Value}")));

    [Theory]
    [InlineData("postgresql://ann:S3cret@db/shop?uselibpqcompat=true&sslmode=require", "uselibpqcompat")]
    [InlineData("postgresql://ann:S3cret@db/shop?search_path=app%2Cpublic&binary_parameters=yes", "search_path, binary_parameters")]
    [InlineData("postgresql://ann:S3cret@db/shop?serverVersion=16&charset=utf8", "serverVersion, charset")]
    [InlineData("postgresql://ann:S3cret@db/shop?schema=public&connection_limit=5&pool_timeout=10&pgbouncer=true&socket_timeout=3",
        "socket_timeout")]
    [InlineData("postgresql+asyncpg://ann:S3cret@db/shop?command_timeout=60", "command_timeout")]
    [InlineData("postgres://ann:S3cret@db/shop?conn_max_age=600&pool=5&pool=6&options[statement_timeout]=1",
        "conn_max_age, pool, options[statement_timeout]")]
    [InlineData("postgresql://ann:S3cret@db/shop?sslmode=require", null)]
    public void A_parameter_for_another_driver_is_ignored_and_named(string text, string? named)
    {
        var address = Parse(text);
        Assert.Equal(("db:5432", "shop", Secret), (string.Join(',', address.Hosts), address.Database, address.Password));
        Assert.Equal(named, address.Ignored.Count == 0 ? null : string.Join(", ", address.Ignored));
        Assert.DoesNotContain(address.Parameters.Keys, key => key is not "sslmode");
        Assert.Equal(named is null, address.Warning is null);
        if (named is not null) Assert.EndsWith($": {named}.", address.Warning, StringComparison.Ordinal);
        Assert.Equal(address.Ignored, address.For("other").Ignored);
    }

    [Fact]
    public void What_is_left_open_comes_from_libpqs_variables()
    {
        var variables = new Dictionary<string, string>
        {
            ["PGHOST"] = "a,b", ["PGPORT"] = "1,2", ["PGUSER"] = "ann", ["PGDATABASE"] = "shop", ["PGSSLMODE"] = "require", ["PGOPTIONS"] =
                "-c geqo=off", ["PGPASSWORD"] = Secret,
        };
        var address = PostgresAddress.Parse("postgresql://", variables.GetValueOrDefault);
        Assert.Equal("postgresql://a:1,b:2/shop", address.Name);
        Assert.Equal("ann", address.User);
        Assert.Null(address.Password);
        Assert.Equal("require", address.Parameters["sslmode"]);
        Assert.Equal("-c geqo=off", address.Parameters["options"]);
        Assert.Equal("postgresql://c:9/d", PostgresAddress.Parse("postgresql://c:9/d", variables.GetValueOrDefault).Name);
        Assert.Equal("disable", PostgresAddress.Parse("postgresql://c:9/d?sslmode=disable",
            variables.GetValueOrDefault).Parameters["sslmode"]);
    }

    [Fact]
    public void A_service_is_refused_where_it_would_have_named_the_server()
    {
        string? Service(string name) => name == "PGSERVICE" ? "mine" : null;
        var e = Assert.Throws<InvalidRequestException>(() => PostgresAddress.Parse("postgresql:///d", Service));
        Assert.Contains("PGSERVICE", e.Message, StringComparison.Ordinal);
        Assert.Equal("postgresql://c:9/d", PostgresAddress.Parse("postgresql://c:9/d", Service).Name);
        Assert.Throws<InvalidRequestException>(() => PostgresAddress.Parse("service=mine", _ => null));
    }

    [Fact]
    public void Without_a_user_it_is_the_operating_systems_and_the_database_has_its_name()
    {
        var address = Parse("postgresql://db");
        Assert.Equal((Environment.UserName, Environment.UserName), (address.User, address.Database));
        var local = Parse("postgresql:///shop").Hosts.Single();
        Assert.True(local.Host is "/var/run/postgresql" or "/tmp" or "localhost", local.Host);
    }

    [Theory]
    [InlineData("postgresql://ann:S3cret@db/shop?sslmod=require", "sslmod")]
    [InlineData("postgresql://ann:S3cret@db/shop?sslaccept=maybe", "sslaccept")]
    [InlineData("postgresql://ann:S3cret@db/shop?sslmode=disable&sslaccept=strict", "sslaccept")]
    [InlineData("postgresql://ann:S3cret@db/shop?sslidentity=/c.p12", "sslidentity")]
    [InlineData("postgresql://ann:S3cret@db/shop?gssEncMode=disable", "gssEncMode")]
    [InlineData("postgresql://ann:S3cret@db/shop?tlsInsecure=true", "tlsInsecure")]
    [InlineData("postgresql://ann:S3cret@db/shop?channelBinding=disable", "channelBinding")]
    [InlineData("postgresql://ann:S3cret@db/shop?target_session_attr=any", "target_session_attr")]
    [InlineData("postgresql://ann:S3cret@db/shop?requireAuth=none", "requireAuth")]
    [InlineData("postgresql://ann:1?a=1&S3cret=x@db/shop", null)]
    [InlineData("host=db password='S3cret' colour=red", null)]
    [InlineData("host=db colour=red password=S3cret", "colour")]
    [InlineData("Host=db;Colour=red;Password=S3cret", "colour")]
    [InlineData("Host=db;Password=x;S3cret=y", null)]
    [InlineData("host=db password=x S3cret=y", null)]
    [InlineData("postgresql://db/shop?password=x&S3cret=y", null)]
    [InlineData("postgresql://ann:S3cret/x@db/shop", null)]
    [InlineData("postgresql://ann:12/S3cret@db/shop", null)]
    [InlineData("postgresql://ann:12?S3cret=x@db/shop", null)]
    [InlineData("postgresql://ann:S3cret%zz@db/shop", null)]
    [InlineData("postgresql://ann:S3cret", null)]
    [InlineData("postgresql://ann@db:S3cret/shop", null)]
    [InlineData("postgresql://ann@db:99999/S3cret", "port")]
    [InlineData("postgresql://ann@[::1]S3cret/shop", null)]
    [InlineData("postgresql://ann@a,b:1/shop?port=1,2,3&password=S3cret", "3 ports")]
    [InlineData("postgresql://ann@db/shop?sslmode=S3cret", "sslmode")]
    [InlineData("postgresql://ann@db/shop?connect_timeout=S3cret", "connect_timeout")]
    [InlineData("postgresql://ann@db/shop?S3cret", null)]
    [InlineData("postgresql://ann@db/shop%00S3cret", null)]
    [InlineData("postgresql://ann:S3cret@db/shop?service=x", "service")]
    [InlineData("Host=db;SSL Password=S3cret", "SSL Password")]
    [InlineData("host=db password='S3cret", null)]
    [InlineData("host=db password", null)]
    [InlineData("host=db hostaddr=1.2.3.4 password=S3cret", "hostaddr")]
    [InlineData("Host=db;Password=\"S3cret", null)]
    [InlineData("mysql://ann:S3cret@db/shop", "PostgreSQL")]
    [InlineData("S3cret", null)]
    [InlineData("", null)]
    [InlineData("host='a S3cret' dbname=x", null)]
    public void What_cannot_be_understood_is_refused_without_repeating_it(string text, string? named)
    {
        var e = Assert.Throws<InvalidRequestException>(() => Parse(text));
        var said = e + e.Hint + e.Target;
        Assert.DoesNotContain(Secret, said, StringComparison.OrdinalIgnoreCase);
        if (named is not null) Assert.Contains(named, e.Message + e.Hint, StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(e.Hint);
        Assert.Null(e.InnerException);
    }

    [Fact]
    public void Another_role_or_database_changes_nothing_else()
    {
        var address = Parse("postgresql://ann:S3cret@db:7/shop?sslmode=require");
        Assert.Equal("postgresql://db:7/other", address.For("other").Name);
        var bob = address.As("bob", null);
        Assert.Equal(("bob", null, "require"), (bob.User, bob.Password, bob.Parameters["sslmode"]));
    }

    [Fact]
    public void A_hostile_name_of_a_database_stays_on_one_line() =>
        Assert.Equal("postgresql://db:5432/a%0Ab%2Fü😀", Parse("postgresql://db/a%0Ab%2Fü😀").Name);

    private static PostgresAddress Parse(string text) => PostgresAddress.Parse(text, _ => null);
}
