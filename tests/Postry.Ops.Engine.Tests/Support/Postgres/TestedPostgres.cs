using System.Runtime.CompilerServices;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>
/// The PostgreSQL that the tests run against. POSTRY_TEST_PG names a folder with its programs, or several, separated as in PATH; unset, the
/// programs are those that the engine finds by itself.
/// </summary>
internal static class TestedPostgres
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "POSTRY_TEST_PG";

    /// <summary>The folders in order; this run is against the first.</summary>
    public static IReadOnlyList<string> Folders { get; } =
        (Environment.GetEnvironmentVariable(Variable) ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Makes the engine, and the processes that the tests start, prefer the first folder's programs.</summary>
    [ModuleInitializer]
    internal static void Prefer()
    {
        if (Folders.Count == 0) return;
        Environment.SetEnvironmentVariable(EnvironmentVariables.PostgresPrograms, Folders[0]);
        // If a test names a folder of its own, the other programs are still found as those of an installation are.
        Environment.SetEnvironmentVariable("PATH",
            string.Join(Path.PathSeparator, [.. Folders, Environment.GetEnvironmentVariable("PATH")]));
    }
}
