using System.Text;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Model;
using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.TokenKind;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>
/// Finds out what a dump holds: versions, definitions, and how many rows of which table. The dump names them in comments, which can be
/// trusted here, because the restored database is checked against them.
/// </summary>
internal sealed partial class DumpFacts() : DumpHandler(new ScriptPurpose())
{
    private readonly StringBuilder _schema = new();
    private readonly StringBuilder _sequences = new();
    private readonly Dictionary<(string Schema, string Name), DumpTable> _tables = [];
    private readonly SortedSet<string> _owners = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _roles = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _madeSchemas = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _tablespaces = new(StringComparer.Ordinal);
    private readonly DumpMigrations _migrations = new();
    private DumpTable? _filling;
    private DumpTable? _making;

    /// <summary>True where it begins as pg_dump begins one.</summary>
    public bool IsDump { get; private set; }

    /// <summary>Version of the server that it came from, as the server wrote it; null where it does not say.</summary>
    public string? ServerVersion { get; private set; }

    /// <summary>Version of pg_dump; null where it does not say.</summary>
    public string? DumpVersion { get; private set; }

    /// <summary>Every table that it makes or fills.</summary>
    public IReadOnlyList<DumpTable> Tables => [.. _tables.Values];

    /// <summary>The roles that own what is in it.</summary>
    public IReadOnlyCollection<string> Owners => _owners;

    /// <summary>The roles that its statements name.</summary>
    public IReadOnlyCollection<string> Roles => _roles;

    /// <summary>The tablespaces that its definitions lie in, other than the default one.</summary>
    public IReadOnlyCollection<string> Tablespaces => _tablespaces;

    /// <summary>The schemas that it makes.</summary>
    public IReadOnlyCollection<string> MadeSchemas => _madeSchemas;

    /// <summary>True where it says who owns what.</summary>
    public bool HasOwners { get; private set; }

    /// <summary>Large objects in it.</summary>
    public long LargeObjects { get; private set; }

    /// <summary>True if the dump has statements about databases and subscriptions, which are left out.</summary>
    public bool LeavesOut { get; private set; }

    /// <summary>The objects that the dump's statements create or change.</summary>
    public IReadOnlyList<StatementTarget> Targets => [.. Rules.Targets];

    /// <summary>The values that it sets sequences to.</summary>
    public IReadOnlyList<PostgresSequence> Sequences => Contents.Sequences.Parse(new StringReader(_sequences.ToString()));

    /// <summary>The migrations that tables of migration tools in the dump name.</summary>
    public IReadOnlyList<PostgresMigration> Migrations => _migrations.Found;

    /// <summary>The definitions in it.</summary>
    public IReadOnlyList<SchemaObject> Schema(SchemaRules rules) => SchemaScript.Parse(new StringReader(_schema.ToString()), rules);

    /// <inheritdoc/>
    public override void Comment(ReadOnlySpan<byte> line)
    {
        base.Comment(line);
        if (line.SequenceEqual("-- PostgreSQL database dump"u8)) IsDump = true;
        if (!line.StartsWith("-- "u8)) return;
        var text = Decode(line);
        if (ServerVersion is null && text.StartsWith(FromServer, StringComparison.Ordinal)) ServerVersion = text[FromServer.Length..];
        if (DumpVersion is null && text.StartsWith(ByProgram, StringComparison.Ordinal)) DumpVersion = text[ByProgram.Length..];
        if (Header().Match(text) is not { Success: true } header) return;
        _migrations.End(TextEncoding);
        var (name, type, schema) = (header.Groups["name"].Value, header.Groups["type"].Value, header.Groups["schema"].Value);
        (_filling, _making) = (null, null);
        _inData = header.Groups["data"].Success;
        if (header.Groups["owner"].Value is { Length: > 0 } owner and not "-") _owners.Add(owner);
        if (header.Groups["tablespace"].Value is { Length: > 0 } tablespace) _tablespaces.Add(tablespace);
        if (type is not ("TABLE" or "TABLE DATA")) return;
        if (!_tables.TryGetValue((schema, name), out var table)) _tables.Add((schema, name), table = new DumpTable(schema, name));
        if (type == "TABLE") (table.IsMade, _making) = (true, table);
        else (table.IsFilled, _filling) = (true, table);
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        base.Complete();
        _migrations.End(TextEncoding);
    }

    /// <inheritdoc/>
    public override void Between(ReadOnlySpan<byte> text)
    {
        if (!_inData) _schema.Append(Decode(text));
    }

    /// <inheritdoc/>
    public override void Rows(ReadOnlySpan<byte> text, long rows)
    {
        if (_filling is not { } table) return;
        (table.Rows, table.Bytes) = (table.Rows + rows, table.Bytes + text.Length);
        _migrations.Append(text);
    }

    /// <inheritdoc/>
    protected override void Handle(ReadOnlySpan<byte> text, IReadOnlyList<ScriptToken> tokens, StatementDisposition disposition)
    {
        LeavesOut |= disposition == StatementDisposition.LeaveOut;
        switch (tokens[0].Text)
        {
            case "insert":
                if (_filling is { } table) (table.HasInserts, table.Bytes) = (true, table.Bytes + text.Length);
                return;
            case "select" when tokens[3].Is("setval"):
                // A backslash is written twice in a literal with escapes.
                var call = Decode(text);
                _sequences.Append(Session.BackslashEscapes || call.Contains("E'", StringComparison.Ordinal)
                    ? call.Replace(@"\\", @"\", StringComparison.Ordinal) : call).Append('\n');
                return;
            case "select" when tokens[3].Is("lo_create"):
                LargeObjects++;
                return;
            case "copy":
                if (_filling is { } copied) _migrations.Begin(copied.Schema, copied.Name, Decode(text).TrimStart());
                return;
            case "select":
                return;
            // The header of an object has spaces in place of the line ends of its name.
            case "create" when _making is { } made
                && Enumerable.Range(0, Math.Max(0, tokens.Count - 3)).FirstOrDefault(i => tokens[i].Is("table")) is var at and > 0
                && tokens[at + 2].Text == ".":
                (made.Schema, made.Name) = (tokens[at + 1].Text, tokens[at + 3].Text);
                break;
            case "create" when tokens.Count > 2 && tokens[1].Is("schema"):
                _madeSchemas.Add(tokens[2].Text);
                break;
            case "alter" when tokens is [.., { Kind: Word, Text: "owner" }, { Kind: Word, Text: "to" }, _]:
                HasOwners = true;
                break;
        }

        AddRoles(tokens);
        if (_inData) return;
        // If backslashes escape, a backslash in the literal of a comment is written twice.
        var statement = Decode(text);
        _schema.Append(Session.BackslashEscapes && tokens[0].Is("comment") ? statement.Replace(@"\\", @"\", StringComparison.Ordinal)
            : statement);
    }

    // GRANT ... TO role, FOR ROLE role, CREATE POLICY ... TO role, role, ALTER ... OWNER TO role, SET SESSION AUTHORIZATION role
    private void AddRoles(IReadOnlyList<ScriptToken> tokens)
    {
        var isPolicy = tokens is [{ Text: "create" }, { Text: "policy" }, ..];
        var names = tokens[0].Text is "grant" || isPolicy ? After(tokens, "to")
            : tokens[0].Text is "alter" && tokens[1].Is("default")
                ? After(tokens, "role").Concat(tokens.Any(token => token.Is("grant")) ? After(tokens, "to") : After(tokens, "from"))
            : tokens[0].Text is "alter" && tokens is [.., { Text: "owner" }, { Text: "to" }, var owner] ? [owner]
            : tokens is [{ Text: "set" }, { Text: "session" }, _, var other] ? [other]
            : tokens[0].Text is "revoke" ? After(tokens, "from") : [];
        foreach (var name in names)
            if (name.IsName && !name.Is("public") && !name.Is("current_user") && !name.Is("session_user")) _roles.Add(name.Text);
    }

    private static IEnumerable<ScriptToken> After(IReadOnlyList<ScriptToken> tokens, string word)
    {
        var at = Enumerable.Range(0, tokens.Count).LastOrDefault(i => tokens[i].Is(word), tokens.Count);
        for (var i = at + 1; i < tokens.Count; i += 2)
        {
            yield return tokens[i];
            if (i + 1 >= tokens.Count || tokens[i + 1] is not { Kind: Symbol, Text: "," }) yield break;
        }
    }

    private const string FromServer = "-- Dumped from database version ";
    private const string ByProgram = "-- Dumped by pg_dump version ";

    private bool _inData;

    [GeneratedRegex(
        @"^-- (?<data>(Data|Statistics) for )?Name: (?<name>.*); Type: (?<type>[A-Z][A-Z ]*); Schema: (?<schema>.*?); Owner: (?<owner>.*?)(; Tablespace: (?<tablespace>.+))?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Header();
}

/// <summary>A table of a dump.</summary>
/// <param name="schema">The schema, as in the object's header.</param>
/// <param name="name">The name, as in the object's header.</param>
internal sealed class DumpTable(string schema, string name)
{
    /// <summary>The schema.</summary>
    public string Schema { get; set; } = schema;

    /// <summary>The name.</summary>
    public string Name { get; set; } = name;

    /// <summary>True where the dump makes it.</summary>
    public bool IsMade { get; set; }

    /// <summary>True where the dump has rows of it, or says that it has none.</summary>
    public bool IsFilled { get; set; }

    /// <summary>True where its rows come as INSERTs, one or several with each.</summary>
    public bool HasInserts { get; set; }

    /// <summary>Rows of its COPY.</summary>
    public long Rows { get; set; }

    /// <summary>Bytes that they take in the dump.</summary>
    public long Bytes { get; set; }
}
