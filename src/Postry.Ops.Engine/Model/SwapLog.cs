namespace Postry.Ops.Engine.Model;

/// <summary>The journal of a running restore or undo: makes every step durable before the next begins.</summary>
/// <param name="journal">The first entry, not yet saved.</param>
/// <param name="onStep">Called after every durable step; may be null.</param>
internal sealed class SwapLog(RestoreJournal journal, Action<JournalStep>? onStep)
{
    /// <summary>The journal as it is now.</summary>
    public RestoreJournal Journal { get; private set; } = journal;

    /// <summary>Begins the journal, without announcing the step: what belongs to the start may still have to be written.</summary>
    public void Begin() => Journal.Save();

    /// <summary>Announces that the start is durable.</summary>
    public void Started() => onStep?.Invoke(JournalStep.Started);

    /// <summary>Makes a step durable.</summary>
    /// <param name="step">The step that has been reached.</param>
    /// <param name="change">Further changes of the journal from this step on.</param>
    public void Step(JournalStep step, Func<RestoreJournal, RestoreJournal>? change = null)
    {
        Journal = (change is null ? Journal : change(Journal)) with { Step = step };
        Journal.Save();
        onStep?.Invoke(step);
    }

    /// <summary>Makes a fact durable that belongs to the step that has been reached.</summary>
    public void Note(Func<RestoreJournal, RestoreJournal> change)
    {
        Journal = change(Journal);
        Journal.Save();
    }

    /// <summary>Remembers a fact that the next step makes durable.</summary>
    public void Remember(Func<RestoreJournal, RestoreJournal> change) => Journal = change(Journal);

    /// <summary>Removes the journal: nothing is left to recover from.</summary>
    public void End() => Journal.Remove();
}
