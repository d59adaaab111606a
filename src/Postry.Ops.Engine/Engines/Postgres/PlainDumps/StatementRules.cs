using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.StatementWords;
using static Postry.Ops.Engine.Engines.Postgres.PlainDumps.TokenKind;

namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>
/// The statements that pg_dump writes. Only these are let through, and only if they do not reach beyond the database that they run in. A
/// statement is refused by name if the operator would want to know the reason.
/// </summary>
internal sealed class StatementRules(ScriptPurpose purpose)
{
    private static string Stays => $"and that would stay changed ({OptionName.Strategy} Swap leaves it alone)";

    private readonly DataRules _data = new(purpose);
    private readonly DefinitionRules _definitions = new(purpose);
    private readonly Dictionary<(string? Schema, bool IsPrivilege), StatementTarget> _targets = [];

    /// <summary>The rules for the session, with the session's state so far.</summary>
    public SessionRules Session { get; } = new(purpose);

    /// <summary>
    /// The objects that the statements so far create or change, the first of each schema; filled only if the purpose allows all schemas.
    /// </summary>
    public IReadOnlyCollection<StatementTarget> Targets => _targets.Values;

    /// <summary>Classifies one statement, its semicolon left out. Errors: ScriptRefusal.</summary>
    public StatementDisposition Classify(IReadOnlyList<ScriptToken> tokens, StatementShape shape, long line)
    {
        if (tokens.Count == 0 || tokens[0].Kind != Word) throw Refuse(line, tokens, "is not a statement of pg_dump");
        if (Session.HasOtherSessionUser && tokens[0].Text is not ("grant" or "revoke" or "reset"))
            throw Refuse(line, tokens, "does not stand after SET SESSION AUTHORIZATION in a dump");
        var disposition = tokens[0].Text switch
        {
            "set" => Session.Set(tokens, line),
            "reset" => Session.Reset(tokens, line),
            "select" => _data.Select(tokens, shape, line),
            "begin" or "commit" => Session.Transaction(tokens, line),
            "copy" => DataRules.Copy(tokens, line),
            "insert" => DataRules.Insert(tokens, shape, line),
            "create" => _definitions.Define(tokens, line),
            "alter" => _definitions.Alter(tokens, line),
            "drop" => _definitions.Drop(tokens, line),
            "comment" or "security" => _definitions.Comment(tokens, line),
            "grant" or "revoke" => _definitions.Privilege(tokens, line),
            "refresh" when tokens.Count > 2 && tokens[1].Is("materialized") => StatementDisposition.Run,
            _ => throw Refuse(line, tokens, "is not written by pg_dump"),
        };
        return disposition == StatementDisposition.LeaveOut ? disposition : Within(tokens, shape, disposition, line);
    }

    // No copy is kept of objects outside of the purpose's schemas, so no undo would bring them back.
    private StatementDisposition Within(IReadOnlyList<ScriptToken> tokens, StatementShape shape,
        StatementDisposition disposition, long line)
    {
        var (isRead, isGrant) = (tokens[0].Is("set"), tokens[0].Text is "grant" or "revoke");
        var isPrivilege = isGrant || tokens is [{ Text: "alter" }, { Text: "default" }, ..] || DefinitionRules.IsOwner(tokens);
        var ofServer = false;
        foreach (var schema in StatementTargets.Schemas(tokens, shape))
        {
            if (schema == "pg_catalog" && (isRead || isGrant)) ofServer = true;
            // No backup holds any of the server's own catalog, so no undo would bring it back.
            else if (IsOfServer(schema)) throw Refuse(line, tokens, "changes the server's own catalog");
            else if (purpose.Schemas is null) _targets.TryAdd((schema, isPrivilege), new StatementTarget(schema, line, isPrivilege));
            else if (schema is null) throw Refuse(line, tokens, $"changes what is in no schema, {Stays}");
            else if (!purpose.Schemas.Contains(schema))
                throw Refuse(line, tokens, $"changes what is in a schema that the dump does not hold, {Stays}");
        }

        return ofServer && isGrant && purpose.Schemas is not null ? StatementDisposition.LeaveOut : disposition;
    }
}
