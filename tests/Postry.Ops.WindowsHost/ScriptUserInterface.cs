using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace Postry.Ops.WindowsHost;

/// <summary>Writes lines on the standard output, and answers questions with prepared answers.</summary>
internal sealed class ScriptUserInterface(IEnumerable<string> answers) : PSHostUserInterface
{
    private readonly Queue<string> _answers = new(answers);

    public bool HasAnswers { get; } = answers.Any();

    public override PSHostRawUserInterface? RawUI => null;

    public override string ReadLine() => throw new NotSupportedException("Nobody is there to type.");

    public override SecureString ReadLineAsSecureString() => throw new NotSupportedException("Nobody is there to type.");

    public override void Write(string value) => Console.Out.Write(value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    public override void WriteLine(string value) => Console.Out.WriteLine(value);

    public override void WriteErrorLine(string value) => WriteLine("ERROR " + value);

    public override void WriteWarningLine(string message) => WriteLine("WARNING " + message);

    public override void WriteVerboseLine(string message) => WriteLine("VERBOSE " + message);

    public override void WriteDebugLine(string message) => WriteLine("DEBUG " + message);

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
    }

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        WriteLine($"QUESTION {message}");
        if (!_answers.TryDequeue(out var answer)) throw new NotSupportedException("Nobody is there to answer.");
        return choices.Select(choice => choice.Label.Replace("&", "", StringComparison.Ordinal)).ToList().IndexOf(answer);
    }

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw new NotSupportedException("Nobody is there to answer.");

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw new NotSupportedException("Nobody is there to answer.");

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName,
        PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) => throw new NotSupportedException("Nobody is there.");
}
