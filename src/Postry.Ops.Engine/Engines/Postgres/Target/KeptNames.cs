using System.Globalization;
using System.Security.Cryptography;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Names of the databases and schemas that a restore makes: they say what they are, and fit into the 63 bytes that the server
/// keeps of a name.</summary>
internal static class KeptNames
{
    private const int LongestName = 63;
    private const string Stages = "postry_stage_";
    private const string Previous = "postry_prev_";
    private const string Undone = "postry_undone_";

    /// <summary>The database that is being restored.</summary>
    public static string Stage(string restoreId, string database) => Fit($"{Stages}{restoreId}_{database}");

    /// <summary>The database that a restore replaced.</summary>
    public static string PreviousDatabase(DateTime at, string restoreId, string database) =>
        Fit(string.Create(CultureInfo.InvariantCulture, $"{Previous}{at:yyyyMMdd'T'HHmmss}_{restoreId}_{database}"));

    /// <summary>The database that an undo replaced.</summary>
    public static string UndoneDatabase(DateTime at, string restoreId, string database) =>
        Fit(string.Create(CultureInfo.InvariantCulture, $"{Undone}{at:yyyyMMdd'T'HHmmss}_{restoreId}_{database}"));

    /// <summary>A schema that a restore replaced.</summary>
    public static string PreviousSchema(string restoreId, string schema) => FitDistinct($"{Previous}{restoreId}_{schema}");

    /// <summary>A schema that an undo replaced.</summary>
    public static string UndoneSchema(string restoreId, string schema) => FitDistinct($"{Undone}{restoreId}_{schema}");

    /// <summary>The pattern (of LIKE) of the names of databases that restores of a database have replaced. The name is cut where a kept
    /// name would be, so that databases whose names begin alike fit as well.</summary>
    public static string PreviousOf(string database)
    {
        const string anyRestore = "00000000";
        var example = PreviousDatabase(DateTime.UnixEpoch, anyRestore, database);
        var end = example[(example.IndexOf(anyRestore, StringComparison.Ordinal) + anyRestore.Length)..];
        return $"{Previous}%{end}".Replace("_", "\\_", StringComparison.Ordinal);
    }

    /// <summary>A database for a trial restore on a server that is offered for it.</summary>
    public static string Trial(string backupId) => Fit($"postry_trial_{backupId}_{Guid.NewGuid():N}");

    /// <summary>True for a name that only a restore gives to what it makes and nobody keeps.</summary>
    public static bool IsStage(string name) => name.StartsWith(Stages, StringComparison.Ordinal);

    /// <summary>True for a name of something that a restore or an undo keeps.</summary>
    public static bool IsKept(string name) => name.StartsWith(Previous, StringComparison.Ordinal)
        || name.StartsWith(Undone, StringComparison.Ordinal);

    // Several schemas of one restore may begin alike.
    private static string FitDistinct(string name) =>
        ByteKeepingEncoding.Instance.GetByteCount(name) <= LongestName ? name
            : $"{Fit(name, LongestName - 9)}_{Convert.ToHexStringLower(SHA256.HashData(ByteKeepingEncoding.Instance.GetBytes(name)))[..8]}";

    // The server would cut in the middle of a character, and then not find the name again.
    private static string Fit(string name, int longest = LongestName)
    {
        while (ByteKeepingEncoding.Instance.GetByteCount(name) > longest) name = name[..^(char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        return name;
    }
}
