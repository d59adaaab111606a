namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>A script holds something that pg_dump does not write, or that reaches beyond the database it is restored into.</summary>
/// <param name="line">The line of the text, from 1.</param>
/// <param name="what">The text that is refused, in words; never data.</param>
internal sealed class ScriptRefusal(long line, string what) : Exception($"Line {line}: {what}")
{
    /// <summary>The text that is refused, in words.</summary>
    public string What { get; } = what;
}
