using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Operations.Retention;

/// <summary>The policy that applies: the rules of the command, else those of postry.json and the environment.</summary>
internal static class EffectivePolicy
{
    // The other keys of the section say when and by which calendar, and keep nothing.
    private const string KeepRules = "retention.keep";

    /// <summary>Finds the policy. A policy that nobody wrote removes nothing, and neither does one that keeps nothing. Errors:
    /// InvalidRequest, ConfigurationInvalid.</summary>
    public static RetentionPolicy Of(OpsSettings settings, RetentionRequest request)
    {
        var configured = settings.Configuration.Retention;
        var policy = (request.KeepsAny ? Given(request) : configured) with
        {
            MinimumAge = request.MinimumAge ?? configured.MinimumAge,
            PreviousCopies = request.PreviousCopies ?? configured.PreviousCopies,
            TimeZone = request.TimeZone ?? configured.TimeZone,
        };
        if (!request.KeepsAny && !settings.Configuration.Origins.Keys.Any(path => path.StartsWith(KeepRules, StringComparison.Ordinal)))
            throw new InvalidRequestException(settings.BackupRoot, "There is no rule that says which backups to keep, so none is removed.",
                $"Add \"retention\" to {OpsSettings.ConfigurationFileName}, or give rules such as {OptionName.KeepDaily} 14.");
        if (!policy.KeepsAny)
            throw new InvalidRequestException(settings.BackupRoot, "The rules keep no backup, so they are not carried out.",
                $"Give one that keeps backups, such as {OptionName.KeepDaily} 14.");
        return policy;
    }

    /// <summary>The time zone of a policy. Errors: InvalidRequest.</summary>
    public static TimeZoneInfo ZoneOf(RetentionPolicy policy) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(policy.TimeZone, out var zone) ? zone
            : throw new InvalidRequestException(policy.TimeZone, $"There is no time zone '{policy.TimeZone}' on this machine.",
                "Name one such as UTC or Europe/Berlin.");

    /// <summary>The rules in words.</summary>
    public static string InWords(RetentionPolicy policy)
    {
        var rules = new List<string>();
        if (policy.KeepLast > 0) rules.Add(Invariant($"the last {policy.KeepLast}"));
        if (policy.KeepWithin > TimeSpan.Zero) rules.Add($"all within {Durations.Write(policy.KeepWithin)}");
        foreach (var rule in CalendarRule.Of(policy))
        {
            if (rule.Count > 0) rules.Add(Invariant($"{rule.Count} {rule.Word}"));
            if (rule.Window > TimeSpan.Zero) rules.Add($"{rule.Word} within {Durations.Write(rule.Window)}");
        }

        return $"keep {string.Join(", ", rules)}; "
            + (policy.MinimumAge > TimeSpan.Zero ? $"remove nothing younger than {Durations.Write(policy.MinimumAge)}; " : "")
            + (policy.PreviousCopies > TimeSpan.Zero ? $"previous copies for {Durations.Write(policy.PreviousCopies)}; " : "")
            + $"calendar in {policy.TimeZone}";
    }

    private static RetentionPolicy Given(RetentionRequest request) => new()
    {
        KeepLast = request.KeepLast ?? 0,
        KeepHourly = request.KeepHourly ?? 0,
        KeepDaily = request.KeepDaily ?? 0,
        KeepWeekly = request.KeepWeekly ?? 0,
        KeepMonthly = request.KeepMonthly ?? 0,
        KeepYearly = request.KeepYearly ?? 0,
        KeepWithin = request.KeepWithin ?? TimeSpan.Zero,
        KeepWithinHourly = request.KeepWithinHourly ?? TimeSpan.Zero,
        KeepWithinDaily = request.KeepWithinDaily ?? TimeSpan.Zero,
        KeepWithinWeekly = request.KeepWithinWeekly ?? TimeSpan.Zero,
        KeepWithinMonthly = request.KeepWithinMonthly ?? TimeSpan.Zero,
        KeepWithinYearly = request.KeepWithinYearly ?? TimeSpan.Zero,
    };
}
