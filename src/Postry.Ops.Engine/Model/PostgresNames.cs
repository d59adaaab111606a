namespace Postry.Ops.Engine.Model;

/// <summary>Names of PostgreSQL objects, for SQL and for people.</summary>
internal static class PostgresNames
{
    /// <summary>The statement that sets the search path of a session.</summary>
    public static string SetSearchPath(string path) => $"SELECT pg_catalog.set_config('search_path', {Literal(path)}, false);\n";

    /// <summary>A name in double quotes, for SQL.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A qualified name in double quotes, for SQL.</summary>
    public static string Quote(string schema, string name) => $"{Quote(schema)}.{Quote(name)}";

    /// <summary>A text literal for SQL, whatever standard_conforming_strings says.</summary>
    public static string Literal(string text)
    {
        var quoted = text.Replace("'", "''", StringComparison.Ordinal);
        return quoted.Contains('\\', StringComparison.Ordinal) ? $" E'{quoted.Replace("\\", "\\\\", StringComparison.Ordinal)}'"
            : $"'{quoted}'";
    }

    /// <summary>"schema.table", each part in quotes only where it needs them: what manifests and messages call a table.</summary>
    public static string Display(string schema, string name) => $"{Display(schema)}.{Display(name)}";

    /// <summary>A name in quotes only where it needs them.</summary>
    public static string Display(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name[0] != '$'
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '$')
            ? name
            : Quote(name);
}
