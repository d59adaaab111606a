using System.Globalization;
using System.Text;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Addresses;

/// <summary>A line of a password file, without the password. * stands for any value.</summary>
internal sealed record PasswordLine(string Host, string Port, string Database, string User);

/// <summary>
/// The file from which libpq and Npgsql take the password of an address that has none. The engine reads it only to say which entry is
/// missing, and never keeps the password.
/// </summary>
internal sealed class PasswordFile
{
    private readonly IReadOnlyList<PasswordLine> _lines;

    private PasswordFile(string path, IReadOnlyList<PasswordLine> lines) => (Path, _lines) = (path, lines);

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>The file that counts for an address; null where the password comes from elsewhere, or the file cannot be read.</summary>
    public static PasswordFile? Of(PostgresAddress address)
    {
        if (address.HasPassword
            || Environment.GetEnvironmentVariable(EnvironmentVariables.PostgresPassword) is { Length: > 0 }) return null;
        var path = address.Parameters.GetValueOrDefault("passfile") ?? Environment.GetEnvironmentVariable("PGPASSFILE") ?? DefaultPath();
        try
        {
            return File.Exists(path) ? new PasswordFile(path,
                [.. File.ReadLines(path).Where(line => !line.StartsWith('#')).Select(Parse).OfType<PasswordLine>()]) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The first line that fits an address, as for libpq; null where none does.</summary>
    public PasswordLine? LineFor(PostgresAddress address) => _lines.FirstOrDefault(line => address.Hosts.Any(host =>
        Fits(line.Host, host.IsSocket ? "localhost" : host.Host, host.Host)
            && Fits(line.Port, host.Port.ToString(CultureInfo.InvariantCulture)) && Fits(line.Database, address.Database)
            && Fits(line.User, address.User)));

    private static bool Fits(string pattern, params string[] values) => pattern == "*" || values.Contains(pattern, StringComparer.Ordinal);

    private static string DefaultPath() => OperatingSystem.IsWindows()
        ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "postgresql", "pgpass.conf")
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pgpass");

    // host:port:database:user:password, in which a \ stands before a : or \ of a part.
    private static PasswordLine? Parse(string line)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        for (var i = 0; i < line.Length && parts.Count < 4; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length) part.Append(line[++i]);
            else if (line[i] != ':') part.Append(line[i]);
            else
            {
                parts.Add(part.ToString());
                part.Clear();
            }
        }

        return parts is [var host, var port, var database, var user] ? new PasswordLine(host, port, database, user) : null;
    }
}
