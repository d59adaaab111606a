namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>A program of PostgreSQL on this machine.</summary>
/// <param name="Program">pg_dump, pg_restore, psql, initdb and so on.</param>
/// <param name="Path">Full path.</param>
/// <param name="Major">Major version: 15 of 15.18.</param>
/// <param name="Version">The version as the program tells it: "15.18", "18beta1".</param>
internal sealed record PgTool(string Program, string Path, int Major, string Version)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Program} {Version} ({Path})";
}

/// <summary>The rules to choose one of several programs that are new enough.</summary>
internal enum PgChoice
{
    /// <summary>The newest: what writes.</summary>
    Newest,

    /// <summary>The one whose version is closest: what must agree with a server or an archive.</summary>
    Closest,
}
