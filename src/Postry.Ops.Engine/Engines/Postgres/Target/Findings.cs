using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>What a survey of a target has found so far.</summary>
/// <param name="target">What messages call the target.</param>
internal sealed class Findings(string target)
{
    /// <summary>For errors.</summary>
    public const string Operation = "Restore";

    private const int MostNames = 10;

    /// <summary>What messages call the target.</summary>
    public string Target { get; } = target;

    /// <summary>What stands in the way of every strategy.</summary>
    public List<OpsException> Problems { get; } = [];

    /// <summary>What stands in the way of a new database that takes the live name.</summary>
    public List<OpsException> NoSwap { get; } = [];

    /// <summary>What stands in the way of renaming the schemas.</summary>
    public List<OpsException> NoSchema { get; } = [];

    /// <summary>What stands in the way of replacing the contents in one transaction.</summary>
    public List<OpsException> NoInPlace { get; } = [];

    /// <summary>What an operator should know.</summary>
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
