using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>The strategy of a restore, and the reason for it.</summary>
/// <param name="Strategy">The strategy; the first of several that cannot work.</param>
/// <param name="Reason">The reason for the strategy.</param>
/// <param name="Problems">The reasons why it cannot work; empty if it can.</param>
internal sealed record StrategyChoice(RestoreStrategy Strategy, string Reason, IReadOnlyList<OpsException> Problems)
{
    /// <summary>The note on the properties that Schema and InPlace leave as they are.</summary>
    public const string PropertiesStay =
        "The database itself stays as it is: its owner, privileges, comment, connection limit and settings, and what roles are set to in " +
            "it (ALTER ROLE ... IN DATABASE ... SET).";

    /// <summary>Chooses a strategy.</summary>
    /// <param name="target">The target, and what was asked for.</param>
    /// <param name="findings">The obstacles to each strategy.</param>
    public static StrategyChoice Make(TargetContext target, IReadOnlyList<TargetFinding> findings)
    {
        var (wanted, isPart) = (target.Options.Strategy, target.IsPart);
        if (!target.Server.LiveExists) return New(wanted, target, findings);
        // A swap would remove all that was not backed up.
        RestoreStrategy[] order = isPart ? [RestoreStrategy.Schema, RestoreStrategy.Swap, RestoreStrategy.InPlace]
            : [RestoreStrategy.Swap, RestoreStrategy.Schema, RestoreStrategy.InPlace];
        return wanted == RestoreStrategy.Auto ? Auto(order, findings, isPart) : Asked(wanted, order, findings);
    }

    private static StrategyChoice New(RestoreStrategy wanted, TargetContext target, IReadOnlyList<TargetFinding> findings) =>
        wanted is RestoreStrategy.Auto or RestoreStrategy.Swap
            ? new StrategyChoice(RestoreStrategy.Swap, "there is no database of this name, so it is created.",
                Obstacles(RestoreStrategy.Swap, findings))
            : new StrategyChoice(wanted, "it was requested.",
                [target.Invalid($"{wanted} replaces an existing database, and no database has this name.",
                $"Leave {OptionName.Strategy} out: the database is then created.")]);

    private static StrategyChoice Auto(RestoreStrategy[] order, IReadOnlyList<TargetFinding> findings, bool isPart)
    {
        var passed = new List<string>();
        foreach (var strategy in order)
        {
            var obstacles = Obstacles(strategy, findings);
            if (obstacles.Count == 0) return new StrategyChoice(strategy, string.Join(" ", [Advantage(strategy, isPart), .. passed]), []);
            passed.Add($"{strategy} is not possible: {string.Join(" ", obstacles.Select(obstacle => obstacle.Message))}");
        }

        // If no strategy works, the operator must act on the obstacles to the usual one; the alternatives are named with them.
        var first = Obstacles(order[0], findings);
        var rest = order[1..].Select(strategy => Against(strategy,
            Obstacles(strategy, findings).Where(obstacle => !first.Contains(obstacle))));
        return new StrategyChoice(order[0], string.Join(" ", passed), [.. first.SkipLast(1), WithHint(first[^1], string.Join(" ", rest))]);
    }

    private static StrategyChoice Asked(RestoreStrategy wanted, RestoreStrategy[] order, IReadOnlyList<TargetFinding> findings)
    {
        var obstacles = Obstacles(wanted, findings);
        var other = order.Cast<RestoreStrategy?>().FirstOrDefault(strategy => Obstacles(strategy!.Value, findings).Count == 0);
        if (obstacles.Count > 0 && other is not null)
            obstacles = [.. obstacles.SkipLast(1), WithHint(obstacles[^1], $"{OptionName.Strategy} {other} would work.")];
        return new StrategyChoice(wanted, "it was requested.", obstacles);
    }

    private static string Against(RestoreStrategy strategy, IEnumerable<OpsException> obstacles) =>
        $"{strategy} does not work either: " +
            $"{string.Join(" ", obstacles.Select(obstacle => obstacle.Message).DefaultIfEmpty("for the same reason."))}";

    private static IReadOnlyList<OpsException> Obstacles(RestoreStrategy strategy, IEnumerable<TargetFinding> findings) =>
        [.. findings.Where(finding => finding.Strategies.Contains(strategy)).Select(finding => finding.Problem).OfType<OpsException>()];

    private static string Advantage(RestoreStrategy strategy, bool isPart) => strategy switch
    {
        RestoreStrategy.Swap => "the backup is restored and verified beside the live database, and takes its name in one transaction.",
        RestoreStrategy.Schema =>
            $"the live schemas are renamed and kept, and the backup's are made and verified, in one " +
            $"transaction{(isPart ? "; what was not backed up stays as it is" : "")}.",
        _ => "the contents are replaced in one transaction, after a full backup that Undo restores.",
    };

    private static OpsException WithHint(OpsException e, string more) => e switch
    {
        AccessDeniedException => new AccessDeniedException(e.Target, e.Message, $"{e.Hint} {more}", e),
        AuthenticationFailedException => new AuthenticationFailedException(e.Target, e.Message, $"{e.Hint} {more}", e),
        ReplicationInTheWayException => new ReplicationInTheWayException(e.Target, e.Message, $"{e.Hint} {more}", e),
        InvalidRequestException => new InvalidRequestException(e.Target, e.Message, $"{e.Hint} {more}", e),
        _ => e,
    };
}
