using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace Postry.Ops.Commands;

/// <summary>Lets a person choose one of a few items. One of them is offered; none is taken without an answer.</summary>
internal static class ItemChoice
{
    /// <summary>Asks; null where the answer is that none is meant.</summary>
    /// <param name="cmdlet">The cmdlet, whose host shows the question.</param>
    /// <param name="caption">The title of the question.</param>
    /// <param name="lines">The items, each on a line; at most nine.</param>
    /// <param name="offered">The item that is the answer of a person who only presses Enter; -1 for none of them.</param>
    public static int? Ask(PSCmdlet cmdlet, string caption, IReadOnlyList<string> lines, int offered)
    {
        var choices = new Collection<ChoiceDescription>();
        for (var i = 0; i < lines.Count; i++) choices.Add(new ChoiceDescription($"&{i + 1}", lines[i]));
        choices.Add(new ChoiceDescription("&None", "End the command. Nothing is changed."));
        var message = string.Join('\n', lines.Select((line, i) => $"  {i + 1}  {line}"));
        var answer = cmdlet.Host.UI.PromptForChoice(caption, message, choices, offered < 0 ? lines.Count : offered);
        return answer >= 0 && answer < lines.Count ? answer : null;
    }
}
