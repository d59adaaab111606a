using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;
using Postry.Ops.Formatting;

namespace Postry.Ops.Completion;

/// <summary>Suggests the tags in use, those of git too.</summary>
internal class TagCompleter : CatalogCompleter
{
    private protected virtual bool WithGit => true;

    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        TagCondition.InUse(engine.SuggestBackups(new SuggestedBackups
        {
            Database = typed.Database,
            IsMeant = set => TagCondition.InUse([set], WithGit).Any(),
        }), WithGit)
            .Select(tag => (tag.Text, Choices.Line(tag.Set, size => DisplayFormat.Size(size))));
}

/// <summary>Suggests the tags in use that a new backup may get.</summary>
internal sealed class OwnTagCompleter : TagCompleter
{
    private protected override bool WithGit => false;
}
