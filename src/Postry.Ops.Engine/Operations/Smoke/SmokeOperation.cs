using System.Globalization;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Smoke;
using Postry.Ops.Engine.Smoke.Applications;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Smoke;

/// <summary>Makes the smoke checks that a caller means. A check that does not pass is a result, no error.</summary>
internal sealed class SmokeOperation(OpsSettings settings, IOperationObserver observer)
{
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromHours(24);

    /// <summary>The checks that would be made. Asks nothing. Errors: InvalidRequest, SourceNotFound, ConfigurationInvalid.</summary>
    public IReadOnlyList<SmokePlan> Plan(SmokeRequest request) =>
    [
        .. SmokeSelection.Of(request, Definitions(request), new SmokeTargets(settings, request.Database) { StandsFor = request.StandsFor })
            .Checks.Select(check => new SmokePlan(check.Name, check.Kind, check.Target, check.Expected, check.After)),
    ];

    /// <summary>Makes the checks, and writes the baseline that is wanted. Errors: those of <see cref="Plan"/>, AccessDenied.</summary>
    public async Task<SmokeReport> RunAsync(SmokeRequest request, CancellationToken cancellation)
    {
        var baseline = await BaselineAsync(request, Definitions(request), cancellation);
        return await RunAsync(request, baseline, null, cancellation);
    }

    /// <summary>Makes the checks.</summary>
    /// <param name="request">The checks.</param>
    /// <param name="baseline">The critical alerts from before, or null.</param>
    /// <param name="backup">The backup whose rows tables are compared with; null for the newest good one.</param>
    /// <param name="cancellation">Stops them.</param>
    public async Task<SmokeReport> RunAsync(SmokeRequest request, IReadOnlyList<string>? baseline, LoadedBackup? backup,
        CancellationToken cancellation)
    {
        var definitions = Definitions(request);
        var meant = SmokeSelection.Of(request, definitions,
            new SmokeTargets(settings, request.Database, baseline, backup) { StandsFor = request.StandsFor });
        return meant.Checks.Count == 0 ? new SmokeReport(CheckStatus.Skipped, DateTime.UtcNow, TimeSpan.Zero, [])
            : await new SmokeRunner(observer).RunAsync(meant.Checks, Deadline(request, definitions), cancellation, meant.LeftOut);
    }

    /// <summary>Asks a copy of a database the checks of its data. The report is empty, and Skipped, where no check is for that database
    /// and none is named. Errors: those of <see cref="Plan"/>; InvalidRequest where a named check is no check of its data.</summary>
    /// <param name="request">The checks, the address of the copy, and the database that it stands for.</param>
    /// <param name="backup">The backup that the copy was restored from. Tables are compared with its rows, and the newest value of a
    /// column is as old as it was when the backup was made: time that passed since then makes no backup worse.</param>
    /// <param name="cancellation">Stops them.</param>
    public Task<SmokeReport> RunOnCopyAsync(SmokeRequest request, LoadedBackup backup, CancellationToken cancellation) =>
        RunAsync(request with { StandsFor = request.StandsFor ?? new CopiedDatabase(null) }, null, backup, cancellation);

    /// <summary>The critical alerts that there are now; null where no check asks for them, or they cannot be read.</summary>
    public async Task<IReadOnlyList<string>?> TryReadAlertsAsync(SmokeRequest request, CancellationToken cancellation)
    {
        var definitions = Definitions(request);
        if (definitions.Monitoring is not { } monitoring || Plan(request).All(check => check.Kind != SmokeKind.Monitoring)) return null;
        try
        {
            return await MonitoringSmokeCheck.ReadCriticalAlertsAsync(monitoring, new SmokeTargets(settings), cancellation);
        }
        catch (OpsException e)
        {
            observer.Warning($"The critical alerts of before are not known, so that those of later undo nothing. {e.Message}");
            return null;
        }
    }

    // Addresses that are typed are the only checks, unless checks are named as well.
    private SmokeChecks Definitions(SmokeRequest request) => request.File is { } file ? SmokeFile.Read(file)
        : request.Urls.Count > 0 && request.Names.Count == 0 ? new SmokeChecks() : settings.Configuration.Smoke;

    private async Task<IReadOnlyList<string>?> BaselineAsync(SmokeRequest request, SmokeChecks definitions, CancellationToken cancellation)
    {
        if (request.SaveBaseline is not { } path) return request.Baseline is { } saved ? AlertBaseline.Read(saved).CriticalAlerts : null;
        if (definitions.Monitoring is null)
        {
            throw new InvalidRequestException(path,
                "A baseline holds the critical alerts of the monitoring summary, and no check names one.",
                "Add \"monitoring\" with its address to the smoke checks.");
        }

        var alerts = await MonitoringSmokeCheck.ReadCriticalAlertsAsync(definitions.Monitoring, new SmokeTargets(settings), cancellation);
        new AlertBaseline(DateTime.UtcNow, alerts).Write(path);
        observer.Report(new OperationDetail(Invariant($"{path} holds {alerts.Count} critical alerts.")));
        return alerts;
    }

    private TimeSpan Deadline(SmokeRequest request, SmokeChecks definitions)
    {
        if (request.Deadline is { } given) return given;
        if (settings.Variable(EnvironmentVariables.StartupSmokeTimeout) is not { Length: > 0 } text) return definitions.Deadline;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds > 0 && seconds <= LongestDeadline.TotalSeconds
            ? TimeSpan.FromSeconds(seconds) : throw new InvalidRequestException(EnvironmentVariables.StartupSmokeTimeout,
                $"{EnvironmentVariables.StartupSmokeTimeout} is no number of seconds up to a day.",
                $"Set it to a number such as 60, or remove it and use {OptionName.Deadline} 60s.");
    }
}
