namespace Postry.Ops.Engine.Tests.Support;

/// <summary>A test that needs a program which some machines lack; there it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresFactAttribute : FactAttribute
{
    public RequiresFactAttribute(params string[] programs)
    {
        var missing = programs.Where(program => !Requirements.Has(program)).ToList();
        if (missing.Count > 0) Skip = $"NOT TESTED HERE: this machine lacks {string.Join(", ", missing)}.";
    }
}

/// <summary>What a machine has.</summary>
internal static class Requirements
{
    /// <summary>True where a program is on the path.</summary>
    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));
}
