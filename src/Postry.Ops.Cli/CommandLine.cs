using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using Postry.Ops.Cli.Demo;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Cli.Verbs;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Cli;

/// <summary>Turns the arguments into one verb and runs it.</summary>
internal static class CommandLine
{
    // The signals stay caught to the end of the process: one that comes after a restore has committed must not make it look interrupted.
    private static readonly Interruption s_interruption = new();

    public static async Task<ExitCode> RunAsync(string[] arguments)
    {
        TypedName.UseWords(ConsoleWords.Table);
        // Secrets are refused before the parser runs, because its complaint would repeat them.
        var isNagios = arguments.Contains(StatusVerb.Nagios);
        if (SecretArguments.Refusal(arguments) is { } refusal) return Fail(refusal, arguments.Contains(CommonOptions.Json.Name), isNagios);

        var root = Root();
        var input = root.Parse(arguments, ParserConfiguration);
        // A shell that completes a command line has it half typed, in one argument that is no verb.
        var completes = root.Directives.OfType<SuggestDirective>().Any(directive => input.GetResult(directive) is not null);
        if (input.Errors.Count > 0 && !completes)
            return Fail(UsageFailure(input), input.GetResult(CommonOptions.Json) is { Implicit: false }, isNagios);

        return (ExitCode)await input.InvokeAsync(InvocationConfiguration, s_interruption.Token);
    }

    /// <summary>File names may begin with @ or -: neither response files nor bundles of short options may eat them.</summary>
    private static ParserConfiguration ParserConfiguration => new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    /// <summary>Signals and exceptions are the verbs' own business: the library would give up on a cleanup after two seconds.</summary>
    private static InvocationConfiguration InvocationConfiguration => new()
    {
        ProcessTerminationTimeout = null,
        EnableDefaultExceptionHandler = false,
    };

    internal static RootCommand Root()
    {
        var root =
            new RootCommand(
            "Backs up SQLite and PostgreSQL databases and runtime files, proves the backups, and restores them as one transaction.")
        {
            new BackupVerb(),
            new BackupRuntimeVerb(),
            new ListVerb(),
            new TestVerb(),
            new CompareVerb(),
            new RestoreVerb(),
            new RestoreRuntimeVerb(),
            new UndoVerb(),
            new RestoresVerb(),
            new CompleteVerb(),
            new PreviousCopiesVerb(),
            new RemoveVerb(),
            new PruneVerb(),
            new PinVerb(),
            new UnpinVerb(),
            new CopyVerb(),
            new CheckCatalogVerb(),
            new RunVerb(),
            new HistoryVerb(),
            new StatusVerb(),
            new MetricsVerb(),
            new SmokeVerb(),
            new DrillVerb(),
            new DrillsVerb(),
            new DrillNoteVerb(),
            new VerifyEvidenceVerb(),
            new EvidenceKeyVerb(),
            new UnlockVerb(),
            new ConfigVerb(),
            new InitVerb(),
            new CompletionVerb(),
            new DemoVerb(),
            new SampleVerb(),
        };
        foreach (var option in CommonOptions.All) root.Add(option);

        // The library's own help option answers to /h and /? as well, which are file names on Unix.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Add(new HelpOption("--help", "-h", "-?"));
        return root;
    }

    private static Failure UsageFailure(ParseResult input)
    {
        var verb = input.CommandResult.Command;
        var help = verb is RootCommand ? "postry --help" : $"postry {verb.Name} --help";
        return Failure.Usage(string.Join(' ', input.Errors.Select(error => error.Message)), $"See: {help}");
    }

    private static ExitCode Fail(Failure failure, bool json, bool isNagios)
    {
        if (isNagios) return NagiosText.Write(Console.Out, failure);
        new Output(json).Fail(failure);
        return failure.Code;
    }
}
