using System.Text.RegularExpressions;

namespace Postry.Ops.Engine.Operations.Scaffolding;

/// <summary>A service of a compose file.</summary>
internal sealed partial record ComposeService(string File, string Name, string Image)
{
    /// <summary>
    /// The services whose image is one of PostgreSQL. Reads the block style in which compose files are written; what stands in another
    /// style is not found, which costs no more than a hint.
    /// </summary>
    public static IEnumerable<ComposeService> Postgres(string file, string yaml)
    {
        var inServices = false;
        int? depth = null;
        string? service = null;
        foreach (var line in yaml.Split('\n'))
        {
            if (KeyLine().Match(line.TrimEnd()) is not { Success: true } key) continue;
            var (indent, name, value) = (key.Groups[1].Length, key.Groups[2].Value.Trim('"', '\''), Unquoted(key.Groups[3].Value));
            if (indent == 0)
            {
                (inServices, depth, service) = (name == "services", null, null);
            }
            else if (inServices && indent <= (depth ??= indent))
            {
                (depth, service) = (indent, name);
            }
            else if (inServices && service is not null && name == "image" && PostgresImage().IsMatch(value))
            {
                yield return new ComposeService(file, service, value);
                service = null;
            }
        }
    }

    private static string Unquoted(string value) =>
        (value.IndexOf(" #", StringComparison.Ordinal) is >= 0 and var comment ? value[..comment] : value).Trim().Trim('"', '\'');

    [GeneratedRegex(@"^( *)([A-Za-z0-9_.""'-]+)[ ]*:(?:[ ]+(.*))?$")]
    private static partial Regex KeyLine();

    [GeneratedRegex(
        @"(^|/)(postgres|postgresql|postgis|timescaledb|timescaledb-ha|pgvector|supabase-postgres)(:|@|$)|(^|/)supabase/postgres(:|@|$)",
        RegexOptions.IgnoreCase)]
    private static partial Regex PostgresImage();
}
