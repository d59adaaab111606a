namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>A script holds something that pg_dump does not write, or that reaches beyond the database it is restored into.</summary>
/// <param name="line">The line that it stands in, from 1.</param>
/// <param name="what">What it is; never data.</param>
internal sealed class ScriptRefusal(long line, string what) : Exception($"Line {line}: {what}")
{
    /// <summary>What it is.</summary>
    public string What { get; } = what;
}
