using System.Text.RegularExpressions;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Deployment;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Sqlite;

namespace Postry.Ops.Engine.Operations.Scaffolding;

/// <summary>The kinds of databases that an address can mean. The address itself is never kept.</summary>
internal enum UrlKind
{
    None,
    Postgres,
    Sqlite,
    Other,
}

/// <summary>A service of a compose file whose image is one of PostgreSQL.</summary>
/// <param name="File">The name of the file.</param>
/// <param name="Name">The name of the service.</param>
/// <param name="Image">The image as it is written.</param>
internal sealed record DetectedService(string File, string Name, string Image);

/// <summary>The databases of an application, as its folder shows them.</summary>
/// <param name="Environment">The kind of DATABASE_URL in the environment.</param>
/// <param name="EnvFiles">Env files that set DATABASE_URL, and its kind.</param>
/// <param name="Services">PostgreSQL services of compose files.</param>
/// <param name="SqliteFiles">SQLite databases, relative to the folder.</param>
internal sealed partial record DetectedDatabases(
    UrlKind Environment, IReadOnlyList<(string File, UrlKind Kind)> EnvFiles, IReadOnlyList<DetectedService> Services,
    IReadOnlyList<string> SqliteFiles)
{
    private const int MostBytes = 1 << 20;
    private const int MostDatabases = 20;

    private static readonly string[] EnvFileNames = [".env", "backend/.env"];
    private static readonly string[] ComposeNames = ["docker-compose*.yml", "docker-compose*.yaml", "compose*.yml", "compose*.yaml"];

    /// <summary>Searches a folder. Files that cannot be read are ignored.</summary>
    public static DetectedDatabases In(string folder, Func<string, string?> environment) => new(
        KindOf(environment(EnvironmentVariables.DatabaseUrl) ?? ""),
        [.. from name in EnvFileNames let kind = KindIn(Read(Path.Combine(folder, name))) where kind != UrlKind.None select (name, kind)],
        [.. from path in ComposeNames.SelectMany(pattern => Directory.EnumerateFiles(folder, pattern)).Distinct()
            .Order(StringComparer.Ordinal)
            from service in ComposeFile.Services(Read(path))
            where PostgresImage().IsMatch(service.Image)
            select new DetectedService(Path.GetFileName(path), service.Name, service.Image)],
        [.. SqliteFinder.Below(folder).Take(MostDatabases)]);

    /// <summary>The detected databases in sentences, without any value.</summary>
    public IReadOnlyList<string> Sentences =>
    [
        .. Environment == UrlKind.None ? [] : new[] {
            $"{EnvironmentVariables.DatabaseUrl} is set in the environment ({Words(Environment)})." },
        .. EnvFiles.Select(found => $"{found.File} sets {EnvironmentVariables.DatabaseUrl} ({Words(found.Kind)})."),
        .. Services.Select(service => $"{service.File} has the service {service.Name} with the image {service.Image}."),
        .. SqliteFiles.Select(file => $"{file} is a SQLite database."),
    ];

    private static string Words(UrlKind kind) => kind switch { UrlKind.Postgres => "PostgreSQL", UrlKind.Sqlite => "SQLite", _ =>
        "another kind of database" };

    private static UrlKind KindIn(string env) => DatabaseUrlLine().Matches(env) is [.., var last] ? KindOf(last.Groups[1].Value)
        : UrlKind.None;

    private static UrlKind KindOf(string url) => url.Length == 0 ? UrlKind.None
        : url.StartsWith("postgres", StringComparison.OrdinalIgnoreCase) ? UrlKind.Postgres
        : SqliteUrl.Matches(url) ? UrlKind.Sqlite : UrlKind.Other;

    private static string Read(string path)
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= MostBytes ? File.ReadAllText(path) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [GeneratedRegex(@"^[ \t]*(?:export[ \t]+)?DATABASE_URL[ \t]*=[ \t]*[""']?([^\s""'#]*)", RegexOptions.Multiline)]
    private static partial Regex DatabaseUrlLine();

    [GeneratedRegex(
        @"(^|/)(postgres|postgresql|postgis|timescaledb|timescaledb-ha|pgvector|supabase-postgres)(:|@|$)|(^|/)supabase/postgres(:|@|$)",
        RegexOptions.IgnoreCase)]
    private static partial Regex PostgresImage();
}
