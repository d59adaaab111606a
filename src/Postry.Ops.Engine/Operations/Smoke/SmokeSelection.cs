using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Smoke;
using Postry.Ops.Engine.Smoke.Applications;
using Postry.Ops.Engine.Smoke.Data;

namespace Postry.Ops.Engine.Operations.Smoke;

/// <summary>The checks that a request means.</summary>
/// <param name="Checks">The checks to make, in the order in which they are named. Empty only for a copy of a database.</param>
/// <param name="LeftOut">The checks that exist and ask something else, such as another database: nothing waits for them.</param>
internal sealed record SmokeSelection(IReadOnlyList<ISmokeCheck> Checks, IReadOnlyList<ISmokeCheck> LeftOut)
{
    /// <summary>Makes the checks. Errors: SourceNotFound for a name that means none, InvalidRequest where there is none at all, and where
    /// one waits for another that does not exist.</summary>
    public static SmokeSelection Of(SmokeRequest request, SmokeChecks definitions, SmokeTargets targets)
    {
        List<ISmokeCheck> applications = [.. ApplicationChecks.Of(definitions, targets)];
        List<ISmokeCheck> data = [.. DataChecks.Of(definitions, targets)];
        var isCopy = targets.StandsFor is not null;
        List<ISmokeCheck> defined = isCopy ? data : [.. applications, .. data];
        // A check that is also made counts as made.
        List<ISmokeCheck> leftOut = targets.Database is null ? []
            : [.. applications, .. DataChecks.Of(definitions, targets with { Database = null, StandsFor = null })];
        if (isCopy) RequireData(request.Names, defined, leftOut, targets.Database!);
        IReadOnlyList<ISmokeCheck> meant =
        [
            .. isCopy ? [] : request.Urls.Select(url => ApplicationChecks.OfUrl(url, targets)),
            .. request.Names.Count == 0 ? defined : SmokeOrder.Select(defined, request.Names, leftOut),
        ];
        _ = SmokeOrder.Before(meant, leftOut);
        return meant.Count > 0 || isCopy ? new SmokeSelection(meant, leftOut)
            : throw new InvalidRequestException(request.File ?? OpsSettings.ConfigurationFileName,
                "There is no smoke check to make, and nothing checked is nothing proven.",
                $"Name addresses, or add checks to \"smoke\" of {OpsSettings.ConfigurationFileName} (docs/configuration.md).");
    }

    private static void RequireData(IReadOnlyList<string> names, List<ISmokeCheck> data, List<ISmokeCheck> leftOut, DatabaseAddress copy)
    {
        var others = names.Where(name => !data.Exists(check => SmokeOrder.Fits(check, name))
            && leftOut.Exists(check => SmokeOrder.Fits(check, name))).ToList();
        if (others.Count > 0)
            throw new InvalidRequestException(copy.Name,
                $"A copy of the database can answer only checks of its data, and {string.Join(", ", others)} " +
                    $"{(others.Count == 1 ? "is none" : "are none")}.",
                data.Count == 0 ? "Add checks to \"sql\" or \"tables\" that are for this database."
                    : $"These ask its data: {string.Join(", ", data.Select(check => check.Name))}.");
    }
}
