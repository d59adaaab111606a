using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Smoke;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>
/// The smoke checks of a restore. Some ask the staged copy, before anything live is touched. The others are asked before the restore, so
/// that a failure that was there already is no reason to go back, and after the swap, while the restore can still be undone automatically.
/// </summary>
internal sealed class SmokeGate(OpsSettings settings, RestoreRequest request, IOperationObserver observer)
{
    private const string Prefix = "Smoke ";
    private const string StagedPrefix = $"{Prefix}before the swap ";

    // The application may be down, which is why the operator restores: the answers of before are not waited for.
    private static readonly TimeSpan DeadlineBefore = TimeSpan.FromSeconds(5);

    private readonly SmokeOperation _smoke = new(settings, observer);
    private readonly SmokeRequest? _checks = request.Smoke?.Checks is { } checks ? checks with { Database = request.Target } : null;
    private LoadedBackup? _backup;
    private IReadOnlyList<string>? _alertsBefore;
    private IReadOnlyList<SmokeResult> _before = [];

    /// <summary>True for a check that was a smoke check.</summary>
    public static bool IsSmoke(Check check) => check.Name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The checks of the staged copy, which stands for the target; null for none. Before there is a copy, their database is the
    /// target.</summary>
    public static SmokeRequest? OfStage(RestoreRequest request) => request.Smoke?.BeforeSwap is { } checks
        ? checks with { Database = request.Target, StandsFor = new CopiedDatabase(request.Target) } : null;

    /// <summary>The reason why no check can ask what this restore stages, with a way out; null where there is none.</summary>
    public static OpsException? FindObstacle(RestoreRequest request, DatabaseMode mode, TargetFacts facts)
    {
        if (request.Smoke?.BeforeSwap is null) return null;
        if (mode == DatabaseMode.Runtime)
            return new InvalidRequestException(request.Target.Name,
                $"{OptionName.PreSwapSmoke} asks the data of a database, and runtime files have none.",
                $"Leave {OptionName.PreSwapSmoke} out.");
        return facts.Strategy is RestoreStrategy.Schema or RestoreStrategy.InPlace ? NotVisible(request, facts.Strategy) : null;
    }

    /// <summary>The error for checks of which none asks the data of the target: nothing checked is nothing proven.</summary>
    public static InvalidRequestException NothingToAsk(RestoreRequest request) => new(request.Target.Name,
        $"{OptionName.PreSwapSmoke} asks the data of {request.Target.Name}, and no check in " +
            $"{request.Smoke?.BeforeSwap?.File ?? OpsSettings.ConfigurationFileName} does.",
        "Add checks to \"sql\" or \"tables\" there that are for this database (docs/smoke.md).");

    /// <summary>
    /// Asks what is staged. Nothing live has changed, so every check that does not pass is a reason to stop. Errors: InvalidRequest where
    /// nothing can be asked.
    /// </summary>
    /// <param name="staged">The address of what is staged; null where it cannot be read.</param>
    /// <param name="backup">The backup that is staged.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<IReadOnlyList<Check>> AskStagedAsync(DatabaseAddress? staged, LoadedBackup backup, CancellationToken cancellation)
    {
        if (OfStage(request) is not { } wanted) return [];
        var copy = wanted with { Database = staged ?? throw NotVisible(request, null) };
        var report = await _smoke.RunOnCopyAsync(copy, backup, cancellation);
        return report.Checks.Count == 0 ? throw NothingToAsk(request) : [.. report.Checks.Select(result => AsCheck(StagedPrefix, result))];
    }

    /// <summary>Refuses the swap unless all checks of the staged copy passed. Errors: RestoreRefused.</summary>
    public static void RequirePassed(RestorePlan plan, IReadOnlyList<Check> asked)
    {
        var others = asked.Where(check => check.Status != CheckStatus.Passed)
            .Select(check => $"{check.Name[StagedPrefix.Length..]} ({check.Status}): expected {check.Expected}, found {check.Actual}")
            .ToList();
        if (others.Count > 0)
            throw new RestoreRefusedException(plan.Target,
                $"Nothing was swapped: {others.Count} of {asked.Count} smoke checks of the copy that was made of {plan.Backup.Id} did " +
                    $"not pass. {string.Join("; ", others)}",
                $"Restore another backup. To restore this one, correct the checks, or leave {OptionName.PreSwapSmoke} out.");
    }

    /// <summary>Asks before anything is changed. Errors: InvalidRequest, SourceNotFound, ConfigurationInvalid where there is nothing that
    /// could be asked afterwards.</summary>
    /// <param name="backup">The backup that will be restored.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task AskBeforeAsync(LoadedBackup backup, CancellationToken cancellation)
    {
        if (_checks is null) return;
        _backup = backup;
        _alertsBefore = await _smoke.TryReadAlertsAsync(_checks, cancellation);
        _before = (await _smoke.RunAsync(_checks with { Deadline = DeadlineBefore }, _alertsBefore, backup, cancellation)).Checks;
    }

    /// <summary>
    /// Asks after the swap. A failure whose consequence is not an undo is Inconclusive, so that an operator decides; an interruption
    /// decides nothing, either.
    /// </summary>
    /// <param name="findDamage">Finds the damage of the database that an undo would put back; null where none is known.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<IReadOnlyList<Check>> AskAfterAsync(Func<CancellationToken, Task<string?>> findDamage, CancellationToken cancellation)
    {
        if (_checks is null) return [];
        try
        {
            var report = await _smoke.RunAsync(_checks, _alertsBefore, _backup, cancellation);
            var wouldUndo = report.Status == CheckStatus.Failed && request.Smoke!.OnFailure == SmokeFailureAction.Undo;
            var damage = wouldUndo ? await DamageAsync(findDamage, cancellation) : null;
            return [.. report.Checks.Select(result => Judge(result, damage))];
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return [new Check($"{Prefix}checks", CheckStatus.Inconclusive, Actual: "interrupted")];
        }
        catch (OpsException e)
        {
            return [new Check($"{Prefix}checks", CheckStatus.Inconclusive, Actual: e.Message, Detail: e.Hint)];
        }
    }

    private static InvalidRequestException NotVisible(RestoreRequest request, RestoreStrategy? strategy) => new(request.Target.Name,
        $"{OptionName.PreSwapSmoke} asks a copy beside the live database, and " +
            $"{(strategy is null ? "this restore" : $"the strategy {strategy}")} makes none: what it restores is in a transaction that " +
            "no other session can see.",
        $"Use {OptionName.Smoke}, which asks after the swap and undoes the restore, or {OptionName.Strategy} Swap with a role that may " +
            "create databases.");

    private static Check AsCheck(string prefix, SmokeResult result) => new(prefix + result.Name, result.Status, result.Expected,
        result.Actual ?? result.Detail, result.Detail, result.Duration);

    // A copy that cannot be read is none that could be put back.
    private static async Task<string?> DamageAsync(Func<CancellationToken, Task<string?>> findDamage, CancellationToken cancellation)
    {
        try
        {
            return await findDamage(cancellation);
        }
        catch (OpsException e)
        {
            return e.Message;
        }
    }

    private Check Judge(SmokeResult result, string? damage)
    {
        var check = AsCheck(Prefix, result);
        if (result.Status != CheckStatus.Failed) return check;
        if (request.Smoke!.OnFailure == SmokeFailureAction.Keep)
            return check with { Status = CheckStatus.Inconclusive, Actual = $"failed ({check.Actual}), which undoes nothing here" };
        if (damage is not null)
            return check with
            {
                Status = CheckStatus.Inconclusive,
                Actual = $"failed ({check.Actual}), and the previous database is damaged ({damage.TrimEnd('.')})",
                Detail = "The previous database is kept, and it is not put back: it is damaged.",
            };
        // The application may have been down before the restore: none of the alerts of now is new for certain.
        if (result.Kind == SmokeKind.Monitoring && _alertsBefore is null)
            return check with
            {
                Status = CheckStatus.Inconclusive,
                Actual = $"failed ({check.Actual}), and the critical alerts of before the restore are not known",
                Detail = $"{check.Detail} The previous database is kept, and it is not put back: the alerts may be older than the restore.",
            };
        return _before.FirstOrDefault(earlier => (earlier.Name, earlier.Kind, earlier.Target) == (result.Name, result.Kind, result.Target))
            is { Status: CheckStatus.Failed } already
            ? check with
            {
                Status = CheckStatus.Inconclusive,
                Actual = $"failed ({check.Actual}), as it did before the restore ({already.Actual ?? already.Detail})",
                Detail = "The previous database is kept, and it is not put back: it failed the same check.",
            }
            : check;
    }
}
