using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Commands;

/// <summary>Shows every effective setting and where it came from; secrets are masked.</summary>
[Cmdlet(VerbsCommon.Get, "PostryConfiguration")]
[OutputType("Postry.Ops.Engine.Configuration.EffectiveSetting")]
public sealed class GetPostryConfigurationCommand : KeyedCommand
{
    /// <summary>Selects settings with these names; wildcards are allowed.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SettingNameCompleter))]
    public string[]? Name { get; set; }

    private protected override void Begin() => Settings.Configuration.Require(ConfigurationSections.All);

    private protected override void Process() => Run((engine, relay, _) =>
    {
        var settings = engine.ListSettings();
        foreach (var setting in settings)
        {
            if (Name is null || Array.Exists(Name, name => Matches(name, setting))) relay.Result(setting);
        }

        // A test of one setting must not pass because its name is mistyped.
        relay.Missing(Name, name => WildcardPattern.ContainsWildcardCharacters(name) || settings.Any(setting => Matches(name, setting)),
            NotFound);
        return Task.CompletedTask;
    });

    // A [ in a setting's own name (smoke.http[0].url) is no wildcard.
    private static bool Matches(string name, EffectiveSetting setting) =>
        name.Equals(setting.Name, StringComparison.OrdinalIgnoreCase)
            || WildcardPattern.Get(name, WildcardOptions.IgnoreCase).IsMatch(setting.Name);

    private static SourceNotFoundException NotFound(string name) => new(
        name, $"No setting in effect is called {name}.",
        $"Get-PostryConfiguration lists all of them; Get-PostryConfiguration {name}.* those of a section.");
}
