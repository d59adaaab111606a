using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>The values of -Mode in the engine's terms.</summary>
internal static class Modes
{
    /// <summary>The engine's mode; null for auto or where none was given.</summary>
    public static DatabaseMode? Parse(string? mode) => string.IsNullOrEmpty(mode) || mode.Equals("auto", StringComparison.OrdinalIgnoreCase)
        ? null
        : Enum.Parse<DatabaseMode>(mode, ignoreCase: true);
}
