
namespace Postry.Ops.Engine.Configuration.Values;

/// <summary>The parts of the configuration that a command can need.</summary>
[Flags]
public enum ConfigurationSections
{
    None = 0,
    BackupRoot = 1,
    Databases = 2,
    Runtime = 4,
    Objectives = 8,
    Retention = 16,
    Smoke = 32,
    Notifications = 64,

    Plausibility = 256,
    Destinations = 512,
    Tags = 1024,
    WaitTimeout = 2048,
    Jobs = 4096,

    /// <summary>A key that resembles none that there is: only who needs everything minds.</summary>
    Unknown = 128,
    All = 8191,
}

/// <summary>A problem of the configuration. The message never repeats a value that could be a secret.</summary>
/// <param name="Origin">The place of the problem.</param>
/// <param name="Message">The problem, and what would be right.</param>
/// <param name="Sections">The sections that cannot be relied on because of the problem.</param>
public sealed record ConfigurationProblem(ConfigurationOrigin Origin, string Message, ConfigurationSections Sections)
{
    /// <summary>file:line:column: message, which terminals and editors make a link of.</summary>
    public override string ToString() => $"{Origin}: {Message}";
}
