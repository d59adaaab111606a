using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>
/// The table of the things that a server can lack for a restore (a library, a locale, a feature, memory), as opposed to faults of an
/// archive. The table uses the server's error code, by the place in the server that raised it (the protocol's Routine field), and by the
/// kind of the archive's entry; never by words, which are in any language.
/// </summary>
internal static class ServerLack
{
    private const string Locale = "Install the locale on the server's system (locale-gen) and restart the server, or use one that has it.";
    private const string Extension =
        "Install what the entry is made of (the extension's package, its library, its files) on the server, or use one that has it.";
    private const string Feature =
        "Use a server that was built with what the message names, and of the version that the backup came from or newer.";
    private const string Resource = "Give the server what the message says it ran out of, or use another one.";

    private static string Rest =>
        "The backup contains only a part of the database, and needs what is in the rest: restore it into a database that has that " +
            $"({OptionName.Strategy} Schema), or take a backup of the whole.";

    // A set of some schemas may refer to objects that it does not hold: a type, a function, a table, a schema.
    private static readonly string[] Absent = ["42704", "42883", "42P01", "3F000"];

    // The entries of an archive that need files of the server's installation, which no archive holds.
    private static readonly (string Kind, string Remedy)[] MadeOfFiles =
    [
        ("EXTENSION ", Extension), ("COLLATION ", Locale), ("PROCEDURAL LANGUAGE ", Extension), ("FOREIGN DATA WRAPPER ", Extension),
        ("ACCESS METHOD ", Extension), ("TEXT SEARCH ", Extension),
    ];

    private static readonly (string Code, string Routine, string Remedy)[] Causes =
    [
        ("53", "", Resource), ("54001", "", Resource), ("58", "", Extension), ("F0", "", Extension), ("0A", "", Feature),
        ("22023", "report_newlocale_failure", Locale), ("42704", "get_collation_oid", Locale),
        ("42704", "get_tablespace_oid", $"Make the tablespace on the server, or add {OptionName.NoTablespaces}."),
        ("42704", "get_language_oid", Extension), ("42704", "get_am_type_oid", Extension), ("42883", "load_external_function", Extension),
        ("42883", "lookup_C_func", Extension), ("XX000", "incompatible_module_error", Extension),
        ("XX000", "internal_load_library", Extension),
    ];

    /// <summary>Returns the same error of psql, or one that says what the server lacks.</summary>
    public static ToolFailedException Explain(ToolFailedException error) =>
        ToolComplaintsException.Behind(error).Where(complaint => complaint is { IsWarning: false, SqlState: not null })
            .Select(complaint => Of(complaint.SqlState!, "", "", isPart: false)).FirstOrDefault(lack => lack is not null) is not { } lack
            ? error
            : new ToolFailedException(error.Target, error.Message, lack, error.InnerException) { IsForWantOfSomething = true };

    /// <summary>Returns the hint if the server lacks something; null if the archive is to blame.</summary>
    /// <param name="code">SQLSTATE.</param>
    /// <param name="routine">The server's routine that raised the error; empty where it is not known.</param>
    /// <param name="entry">The archive's entry, which begins with its kind; empty where it is not known.</param>
    /// <param name="isPart">True if the backup holds some schemas only.</param>
    public static string? Of(string code, string routine, string entry, bool isPart) =>
        Causes.FirstOrDefault(cause => code.StartsWith(cause.Code, StringComparison.Ordinal)
            && (cause.Routine.Length == 0 || cause.Routine == routine)).Remedy
        ?? MadeOfFiles.FirstOrDefault(made => entry.StartsWith(made.Kind, StringComparison.Ordinal)).Remedy
        ?? (isPart && Absent.Contains(code) ? Rest : null);
}
