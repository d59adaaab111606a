using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Drills;

/// <summary>The consent to a drill in a disposable database that the caller names: three environment variables, as the old scripts' own
/// tests asked for them.</summary>
internal static class EndToEndDrill
{
    private static readonly (string Name, string? Value)[] Needed =
    [
        (EnvironmentVariables.RunEndToEnd, "1"), (EnvironmentVariables.AllowDestructiveEndToEnd, "YES"),
        (EnvironmentVariables.EndToEndDatabaseUrl, null),
    ];

    /// <summary>The disposable database. Errors: InvalidRequest that names the variables that are missing.</summary>
    public static PostgresAddress RequireDatabase(OpsSettings settings, DrillSubject subject)
    {
        if (subject.Mode != DatabaseMode.Postgres)
            throw new InvalidRequestException($"{OptionName.EndToEnd}",
                $"{OptionName.EndToEnd} is for PostgreSQL, and {subject.Source} is a SQLite file.", "Leave it out.");
        var missing = Needed.Where(one => settings.Variable(one.Name) is var value && (one.Value is null ? value is null
            : value != one.Value)).ToList();
        if (missing.Count > 0)
            throw new InvalidRequestException($"{OptionName.EndToEnd}",
                $"A drill in a named database replaces what is in it, so it needs all three of " +
                    $"{string.Join(", ", Needed.Select(one => one.Name))}; not set: {string.Join(", ", missing.Select(Assignment))}.",
                $"Set them, or leave {OptionName.EndToEnd} out: then the drill makes a database of its own.");
        return PostgresAddress.Parse(settings.Variable(EnvironmentVariables.EndToEndDatabaseUrl)!);
    }

    /// <summary>The databases that the disposable one must not be: the source, and every other that is configured here.</summary>
    public static IReadOnlyList<(PostgresAddress Address, bool IsSource)> Others(OpsSettings settings, DrillSubject subject)
    {
        var configured = new DatabaseEntries(settings).Servers().Append(settings.DefaultAddress()).OfType<PostgresAddress>()
            .Select(address => (address, false));
        return subject.Address is PostgresAddress source ? [(source, true), .. configured] : [.. configured];
    }

    private static string Assignment((string Name, string? Value) variable) =>
        variable.Value is null ? variable.Name : $"{variable.Name}={variable.Value}";
}
