namespace Postry.Ops.Engine.Tests.Support;

/// <summary>A test that needs a program which some machines lack; there it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresFactAttribute : FactAttribute
{
    public RequiresFactAttribute(params string[] programs) => Skip = Requirements.Missing([.. Requirements.Stock, .. programs]);
}

/// <summary>The programs on this machine.</summary>
internal static class Requirements
{
    /// <summary>The programs that nearly every test judges by.</summary>
    public static readonly string[] Stock = ["sqlite3", "gunzip"];

    /// <summary>The reason to skip a test that needs some programs; null if they are all there.</summary>
    public static string? Missing(params string[] programs)
    {
        var missing = programs.Where(program => !Has(program)).ToList();
        return missing.Count == 0 ? null : $"NOT TESTED HERE: this machine lacks {string.Join(", ", missing)}.";
    }

    /// <summary>True where a program is on the path.</summary>
    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));
}
