namespace Postry.Ops.Engine.Tests.Support;

/// <summary>A test that needs a program which some machines lack; there it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresFactAttribute : FactAttribute
{
    public RequiresFactAttribute(params string[] programs) => Skip = Requirements.Missing([.. Requirements.Stock, .. programs]);
}

/// <summary>What a machine has.</summary>
internal static class Requirements
{
    /// <summary>What nearly every test judges by.</summary>
    public static readonly string[] Stock = ["sqlite3", "gunzip"];

    /// <summary>Why a test that needs some programs is skipped; null where they are all there.</summary>
    public static string? Missing(params string[] programs)
    {
        var missing = programs.Where(program => !Has(program)).ToList();
        return missing.Count == 0 ? null : $"NOT TESTED HERE: this machine lacks {string.Join(", ", missing)}.";
    }

    /// <summary>True where a program is on the path.</summary>
    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));
}
