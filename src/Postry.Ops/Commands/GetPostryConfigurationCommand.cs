using System.Management.Automation;
using Postry.Ops.Engine.Configuration;

namespace Postry.Ops.Commands;

/// <summary>Shows every effective setting and where it came from; secrets are masked.</summary>
[Cmdlet(VerbsCommon.Get, "PostryConfiguration")]
[OutputType("Postry.Ops.Engine.Configuration.EffectiveSetting")]
public sealed class GetPostryConfigurationCommand : KeyedCommand
{
    /// <summary>Only settings with these names; takes wildcards.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Name { get; set; }

    private protected override void Begin() => Settings.Configuration.Require(ConfigurationSections.All);

    private protected override void Process() => Run((engine, relay, _) =>
    {
        var patterns = Name?.Select(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase)).ToList();
        foreach (var setting in engine.ListSettings())
        {
            // A [ in a setting's own name (smoke.http[0].url) is no wildcard.
            if (patterns is null || Name!.Contains(setting.Name, StringComparer.OrdinalIgnoreCase) || patterns.Exists(pattern => pattern.IsMatch(setting.Name))) relay.Result(setting);
        }

        return Task.CompletedTask;
    });
}
