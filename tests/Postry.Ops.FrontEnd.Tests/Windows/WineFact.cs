using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.FrontEnd.Tests.Windows;

/// <summary>A test that runs programs for Windows; it is skipped, and says so, where Wine is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WineFactAttribute : FactAttribute
{
    public WineFactAttribute(params string[] programs) => Skip = Reason(programs);

    /// <summary>The reason to skip; null where Wine is there.</summary>
    public static string? Reason(params string[] programs) => Requirements.Missing([.. Requirements.Stock, .. programs])
        ?? (WineMachine.Program is null ? "NOT TESTED HERE: this machine lacks wine64." : null);
}

/// <summary>A <see cref="WineFactAttribute"/> with several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WineTheoryAttribute : TheoryAttribute
{
    public WineTheoryAttribute() => Skip = WineFactAttribute.Reason();
}
