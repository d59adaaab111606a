using Postry.Ops.Engine.Engines.Postgres.Tools;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>A test against a real PostgreSQL server; where its programs are missing it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute(params string[] programs) => Skip = PostgresRequirements.Missing(programs);
}

/// <summary>A theory that is skipped without PostgreSQL's programs.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute(params string[] programs) => Skip = PostgresRequirements.Missing(programs);
}

/// <summary>The programs of PostgreSQL on this machine.</summary>
internal static class PostgresRequirements
{
    private static readonly Lazy<string?> Programs = new(() =>
    {
        if (OperatingSystem.IsWindows()) return "NOT TESTED HERE: the tests start servers on Unix only.";
        var missing = new[] { "initdb", "postgres", "psql", "pg_dump", "pg_restore" }.Where(program => PgTools.FindAll(program).Count == 0)
            .ToList();
        return missing.Count == 0 ? null : $"NOT TESTED HERE: this machine lacks PostgreSQL's {string.Join(", ", missing)}.";
    });

    /// <summary>The reason to skip a test; null if everything is there.</summary>
    public static string? Missing(params string[] others) => Programs.Value ?? Requirements.Missing(others);
}
