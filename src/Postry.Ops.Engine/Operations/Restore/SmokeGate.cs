using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations.Smoke;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>
/// The smoke checks of a restore: they are asked before it, so that a failure that was there already is no reason to go back, and after
/// the swap, while the restore can still be undone automatically.
/// </summary>
internal sealed class SmokeGate(OpsSettings settings, RestoreRequest request, IOperationObserver observer)
{
    private const string Prefix = "Smoke ";

    // The application may be down, which is why the operator restores: the answers of before are not waited for.
    private static readonly TimeSpan DeadlineBefore = TimeSpan.FromSeconds(5);

    private readonly SmokeOperation _smoke = new(settings, observer);
    private readonly SmokeRequest? _checks = request.Smoke is null ? null : request.Smoke.Checks with { Database = request.Target };
    private LoadedBackup? _backup;
    private IReadOnlyList<string>? _alertsBefore;
    private IReadOnlyList<SmokeResult> _before = [];

    /// <summary>True for a check that was a smoke check.</summary>
    public static bool IsSmoke(Check check) => check.Name.StartsWith(Prefix, StringComparison.Ordinal);

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
    public async Task<IReadOnlyList<Check>> AskAfterAsync(CancellationToken cancellation)
    {
        if (_checks is null) return [];
        try
        {
            var report = await _smoke.RunAsync(_checks, _alertsBefore, _backup, cancellation);
            return [.. report.Checks.Select(AsCheck)];
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

    private Check AsCheck(SmokeResult result)
    {
        var check = new Check(Prefix + result.Name, result.Status, result.Expected, result.Actual ?? result.Detail, result.Detail,
            result.Duration);
        if (result.Status != CheckStatus.Failed) return check;
        if (request.Smoke!.OnFailure == SmokeFailureAction.Keep)
            return check with { Status = CheckStatus.Inconclusive, Actual = $"failed ({check.Actual}), which undoes nothing here" };
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
