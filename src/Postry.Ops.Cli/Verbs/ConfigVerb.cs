using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Cli.Verbs;

/// <summary>`postry config`: every effective setting and where it came from.</summary>
internal sealed class ConfigVerb() : Verb("config",
    "Show every effective setting and its source, with secrets masked; or the problems of postry.json.")
{
    protected override ConfigurationSections Needs(ParseResult input) => ConfigurationSections.All;

    protected override Task<ExitCode> RunAsync(Session session, ParseResult input)
    {
        session.Show(session.Engine.ListSettings(), () => ResultJson.Instance.IReadOnlyListEffectiveSetting, (writer, settings) =>
        {
            var table = new Table("NAME", "~VALUE", "SOURCE", "~DETAIL");
            foreach (var setting in settings) table.Add(setting.Name, setting.Value, setting.Source.ToString(), setting.Detail);
            table.WriteTo(writer);
        });
        return Task.FromResult(ExitCode.Done);
    }
}
