using System.CommandLine;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>The options that say which files are runtime files. Each option that is given replaces the configured value.</summary>
internal sealed class RuntimeOptions
{
    private readonly Option<string[]> _include = NewOption.Texts("--runtime-path", "pattern",
        "Runtime files, relative to the repo root, instead of the configured ones: * and ? stay within a name, ** is any number " +
            "of folders.");
    private readonly Option<string[]> _exclude =
        NewOption.Texts("--exclude-runtime-path", "pattern", "Files to leave out, instead of the configured ones.");
    private readonly Option<string[]> _required =
        NewOption.Texts("--required-runtime-path", "pattern",
            "Patterns that must each find a file, or the backup fails, instead of the configured ones.");

    /// <summary>Gives the options to a verb.</summary>
    public RuntimeOptions(Command verb)
    {
        foreach (var option in All) verb.Add(option);
    }

    /// <summary>The options themselves.</summary>
    public IReadOnlyList<Option> All => [_include, _exclude, _required];

    /// <summary>Returns the configured selection with the options applied; null if no option is given.</summary>
    public RuntimeSelection? Selection(Session session, ParseResult input)
    {
        var (include, exclude, required) = (NewOption.Given(input, _include), NewOption.Given(input, _exclude),
            NewOption.Given(input, _required));
        if (include is null && exclude is null && required is null) return null;
        var configured = session.Engine.Settings.Runtime;
        return configured with { Include = include ?? configured.Include, Exclude = exclude ?? configured.Exclude, Required = required
            ?? configured.Required };
    }
}
