using System.Diagnostics;
using System.Text.Json;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>The fingerprints by psql, pg_restore and Python, which know nothing of the product.</summary>
internal static class IndependentFingerprints
{
    private const string Sums = """
        import hashlib, json, os, re, subprocess, sys
        os.environ["PGOPTIONS"] = "-c TimeZone=UTC -c DateStyle=ISO,YMD -c IntervalStyle=postgres -c extra_float_digits=3 -c bytea_output=hex -c lc_monetary=C -c row_security=off"
        os.environ["PGCLIENTENCODING"] = "UTF8"
        def fingerprint(lines):
            rows = total = 0
            for line in lines:
                if line == b"\\.\n": break
                total += int.from_bytes(hashlib.sha256(line[:-1]).digest()[:16], "big")
                rows += 1
            return [rows, "%032x" % (total % 2**128)]
        quote = lambda name: '"' + name.replace('"', '""') + '"'
        """;

    private const string OfDatabase = Sums + """

        result = []
        for schema, name, columns in json.load(sys.stdin):
            listed = "(" + ", ".join(map(quote, columns)) + ")" if columns else ""
            copy = subprocess.run([sys.argv[1], "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", f"COPY {quote(schema)}.{quote(name)} {listed} TO STDOUT"], stdout=subprocess.PIPE, check=True).stdout
            result.append([schema, name] + fingerprint([l + b"\n" for l in copy.split(b"\n")[:-1]]))
        print(json.dumps(result))
        """;

    private const string OfArchive = Sums + """

        script = subprocess.run([sys.argv[1], "--data-only", "-f", "-", sys.argv[2]], stdout=subprocess.PIPE, check=True).stdout
        result, at, name = [], 0, rb'("(?:[^"]|"")*"|[^\s."(]+)'
        plain = lambda text: (text[1:-1].replace('""', '"') if text.startswith('"') else text)
        byte = lambda c: chr(ord(c) - 0xDC00 + 0xF700) if "\udc80" <= c <= "\udcff" else c
        decode = lambda name: plain("".join(map(byte, name.decode("utf-8", "surrogateescape"))))
        for copy in re.finditer(rb'^COPY ' + name + rb'\.' + name + rb' (?:\((?:"(?:[^"]|"")*"|[^")])*\))? FROM stdin;\n', script, re.M):
            if copy.start() < at: continue
            end = script.index(b"\\.\n", copy.end()) if script.startswith(b"\\.\n", copy.end()) else script.index(b"\n\\.\n", copy.end()) + 1
            result.append([decode(copy[1]), decode(copy[2])] + fingerprint([l + b"\n" for l in script[copy.end():end].split(b"\n")[:-1]]))
            at = end
        print(json.dumps(result))
        """;

    /// <summary>Computes those of tables in a database.</summary>
    public static Dictionary<string, (long? Rows, string? Fingerprint)> Of(PostgresAddress address, IEnumerable<PostgresTable> tables)
    {
        var input = JsonSerializer.Serialize(tables.Select(t => new object[] { t.Schema, t.Name, t.Columns }));
        return Run(OfDatabase, [Tool("psql")], input, address);
    }

    /// <summary>Computes those of all tables in an archive.</summary>
    public static Dictionary<string, (long? Rows, string? Fingerprint)> Of(string archive) =>
        Run(OfArchive, [Tool("pg_restore"), archive], "", null);

    private static string Tool(string program) => PgTools.Find(program, 1, "the tests' server").Path;

    private static Dictionary<string, (long? Rows, string? Fingerprint)> Run(string program, string[] arguments, string input,
        PostgresAddress? address)
    {
        var start = new ProcessStartInfo("python3", ["-c", program, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput =
            true, RedirectStandardError = true };
        if (address is not null)
        {
            start.Environment["PGHOST"] = address.Hosts[0].Host;
            start.Environment["PGPORT"] = $"{address.Hosts[0].Port}";
            start.Environment["PGUSER"] = address.User;
            start.Environment["PGPASSWORD"] = address.Password;
            start.Environment["PGDATABASE"] = address.Database;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        using var result = JsonDocument.Parse(output);
        return result.RootElement.EnumerateArray().ToDictionary(
            row => PostgresNames.Display(row[0].GetString()!, row[1].GetString()!), row => ((long?)row[2].GetInt64(), row[3].GetString()));
    }
}
