using Postry.Ops.Engine.Engines.Postgres.Tools;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>A test against a real PostgreSQL server; where its programs are missing it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute(params string[] programs) => Skip = PostgresRequirements.Missing(programs);
}

/// <summary>The same for a test with several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute(params string[] programs) => Skip = PostgresRequirements.Missing(programs);
}

/// <summary>What a machine has of PostgreSQL.</summary>
internal static class PostgresRequirements
{
    private static readonly Lazy<string?> Programs = new(() =>
    {
        if (OperatingSystem.IsWindows()) return "NOT TESTED HERE: the tests start servers on Unix only.";
        var missing = new[] { "initdb", "postgres", "psql", "pg_dump", "pg_restore" }.Where(program => PgTools.FindAll(program).Count == 0)
            .ToList();
        return missing.Count == 0 ? null : $"NOT TESTED HERE: this machine lacks PostgreSQL's {string.Join(", ", missing)}.";
    });

    /// <summary>Why a test is skipped; null where all is there.</summary>
    public static string? Missing(params string[] others) => Programs.Value ?? Requirements.Missing(others);
}
