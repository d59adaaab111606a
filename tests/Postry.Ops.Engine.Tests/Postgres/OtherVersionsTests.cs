using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Postgres;

/// <summary>POSTRY_TEST_PG: which versions of PostgreSQL these tests run against.</summary>
public sealed class OtherVersionsTests
{
    /// <summary>The folders that are named, else that of the programs that the engine finds by itself.</summary>
    public static TheoryData<string> Folders => [First, .. TestedPostgres.Folders.Skip(1)];

    private static string First => TestedPostgres.Folders.Count > 0 ? TestedPostgres.Folders[0]
        : Path.GetDirectoryName(PgTools.Find("initdb", 1, "x").Path)!;

    [PostgresTheory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void The_tests_run_against_every_version_that_is_named(string folder)
    {
        if (folder == First)
        {
            Assert.Contains($" {PostgresServer.Shared.Major}.", Commands.Run(Path.Combine(folder, "postgres"), ["--version"]).Output,
                StringComparison.Ordinal);
            return;
        }

        // A process has one server, so every further version gets a process of its own.
        var run = Commands.Run("env",
        [
            $"{TestedPostgres.Variable}={folder}", "dotnet", "test", typeof(OtherVersionsTests).Assembly.Location,
            "--filter",
            $"(FullyQualifiedName~Postgres|FullyQualifiedName~Legacy)&FullyQualifiedName!~{nameof(OtherVersionsTests)}",
        ]);
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
    }
}
