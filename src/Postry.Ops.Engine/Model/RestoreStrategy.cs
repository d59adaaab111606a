using System.Text.Json.Serialization;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Model;

/// <summary>
/// The ways in which a restore makes a backup live. A request names one of Auto, Swap, Schema and InPlace; a record names the way that was
/// used, which is never Auto.
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<RestoreStrategy>))]
public enum RestoreStrategy : long
{
    /// <summary>Only in a request. PostgreSQL: Swap where it is possible, else Schema; InPlace only where neither is. SQLite and runtime
    /// files: no choice is made.</summary>
    Auto,

    /// <summary>PostgreSQL: the backup is restored into a new database, which then takes the live one's name in one transaction.</summary>
    Swap,

    /// <summary>PostgreSQL: the live schemas are renamed and new ones made in one transaction, for an owner who may not create
    /// databases.</summary>
    Schema,

    /// <summary>PostgreSQL: the live contents are dropped and restored in one transaction, after a full backup that Undo
    /// restores.</summary>
    InPlace,

    /// <summary>Only in a result. SQLite and PostgreSQL: there was no database at the target, so nothing was replaced.</summary>
    New,

    /// <summary>Only in a result. SQLite: the contents of the live file were replaced in one transaction of SQLite itself.</summary>
    Contents,

    /// <summary>Only in a result. SQLite: the live file was replaced, because it was no readable database.</summary>
    File,

    /// <summary>Only in a result. Runtime files: the files of a repo root were replaced without a database.</summary>
    Files,
}

/// <summary>The strategies that a request can name.</summary>
internal static class RequestableStrategies
{
    /// <summary>All of them, in the order in which they are listed for an operator.</summary>
    public static IReadOnlyList<RestoreStrategy> All { get; } =
        [RestoreStrategy.Auto, RestoreStrategy.Swap, RestoreStrategy.Schema, RestoreStrategy.InPlace];

    /// <summary>Refuses a strategy that only describes the result of a restore. Errors: InvalidRequest.</summary>
    /// <param name="strategy">The requested strategy.</param>
    /// <param name="target">The name of the target, which the error carries.</param>
    public static void Require(RestoreStrategy strategy, string target)
    {
        if (!All.Contains(strategy))
            throw new InvalidRequestException(target,
                $"The strategy {strategy} cannot be requested: it only describes the result of a restore.",
                $"Leave {OptionName.Strategy} out, or use one of these: {string.Join(", ", All)}.");
    }
}
