using System.CommandLine;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;

namespace Postry.Ops.Cli.Verbs;

/// <summary>The base of every verb: builds the engine, warns of standing trouble, runs the verb, turns errors into exit codes.</summary>
internal abstract class Verb : Command
{
    protected Verb(string name, string description) : base(name, description) => SetAction(InvokeAsync);

    /// <summary>Does the verb's work: one or two calls into the engine, and the result to the session's output.</summary>
    protected abstract Task<ExitCode> RunAsync(Session session, ParseResult input);

    /// <summary>The parts of postry.json that must be right before the verb does anything; the others are warned of.</summary>
    protected virtual ConfigurationSections Needs(ParseResult input) => ConfigurationSections.None;

    /// <summary>Refuses a configuration in which a part that the verb needs is wrong. Errors: ConfigurationInvalid.</summary>
    protected virtual void RequireConfiguration(Session session, ParseResult input) =>
        session.Engine.Settings.Configuration.Require(Needs(input));

    /// <summary>The roots and keys that the verb works with.</summary>
    protected virtual OpsSettings Settings(ParseResult input) => CommonOptions.Settings(input);

    /// <summary>Writes an error in place of the result, and returns the exit code for it.</summary>
    protected virtual ExitCode Fail(Output output, ParseResult input, Failure failure)
    {
        output.Fail(failure);
        return failure.Code;
    }

    private async Task<int> InvokeAsync(ParseResult input, CancellationToken cancellation)
    {
        var output = new Output(input.GetValue(CommonOptions.Json));
        var verbose = input.GetValue(CommonOptions.Verbose);
        using var observer = new ConsoleReporter(verbose);
        try
        {
            var session = new Session(new OpsEngine(Settings(input), [observer], new ReportedWarnings()), output, observer, cancellation);
            RequireConfiguration(session, input);
            WarnOfConfigurationProblems(session);
            return (int)await RunAsync(session, input);
        }
        catch (Exception e)
        {
            observer.Pause();
            if (verbose) observer.Detail(e.ToString());
            return (int)Fail(output, input, Failure.Of(e, cancellation.IsCancellationRequested));
        }
    }

    private static void WarnOfConfigurationProblems(Session session)
    {
        if (session.Engine.Settings.Keys.Warning is { } weak) session.Reporter.Warning(weak);
        if (session.Engine.Settings.Configuration.Warning is { } problems) session.Reporter.Warning(problems);

        try
        {
            foreach (var warning in session.Engine.PendingWarnings()) session.Reporter.Warning(warning);
        }
        catch (OpsException e)
        {
            // The verb itself may still do its work, or will say better what is in its way.
            session.Reporter.Warning(e.Message);
        }
    }
}
