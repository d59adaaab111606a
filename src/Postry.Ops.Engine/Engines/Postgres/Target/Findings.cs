using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>The results of a survey of a target.</summary>
/// <param name="target">The name of the target in messages.</param>
internal sealed class Findings(string target)
{
    /// <summary>The operation's name, which errors carry.</summary>
    public const string Operation = "Restore";

    private const int MostNames = 10;

    /// <summary>The name of the target in messages.</summary>
    public string Target { get; } = target;

    /// <summary>The obstacles to every strategy.</summary>
    public List<OpsException> Problems { get; } = [];

    /// <summary>The obstacles to a new database that takes the live name.</summary>
    public List<OpsException> NoSwap { get; } = [];

    /// <summary>The obstacles to renaming the schemas.</summary>
    public List<OpsException> NoSchema { get; } = [];

    /// <summary>The obstacles to replacing the contents in one transaction.</summary>
    public List<OpsException> NoInPlace { get; } = [];

    /// <summary>Notes for the operator.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>A right that is missing.</summary>
    public AccessDeniedException Denied(string problem, string hint) => new(Operation, Target, problem, hint);

    /// <summary>Something that cannot work.</summary>
    public InvalidRequestException Invalid(string problem, string hint) => new(Operation, Target, problem, hint);

    /// <summary>Something that is bound to the live database.</summary>
    public ReplicationInTheWayException InTheWay(string problem, string hint) => new(Operation, Target, problem, hint);

    /// <summary>Runs a check that raises its problem; returns whether it had none.</summary>
    public static bool Try(List<OpsException> problems, Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (OpsException e)
        {
            problems.Add(e);
            return false;
        }
    }

    /// <summary>Names in a sentence; of many, the first.</summary>
    public static string List(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
}
