using System.Text.RegularExpressions;
using Postry.Ops.Cli.Verbs;

namespace Postry.Ops.Cli;

/// <summary>Finds secrets among the arguments, where every user of the machine can read them in the list of processes.</summary>
internal static partial class SecretArguments
{
    private const string PasswordProblem = "A password does not belong on a command line: other users can read it there.";
    private const string PasswordHint =
        "Remove it from the command, and change the password. Put the address into DATABASE_URL or into a variable named by " +
        "--database-url-env NAME, or the " +
        "password into PGPASSFILE.";

    /// <summary>The error for an address with a password.</summary>
    public static UsageException PasswordRefusal => new(PasswordProblem, PasswordHint);

    /// <summary>The error for arguments that hold a secret, or null. The error never repeats the secret.</summary>
    public static Failure? Refusal(IEnumerable<string> arguments)
    {
        foreach (var argument in arguments)
        {
            if (UrlWithPassword.IsMatch(argument) || PostgresUrlWithPassword.IsMatch(argument) || Keyword.IsMatch(argument))
            {
                return Failure.Usage(PasswordProblem, PasswordHint);
            }

            if (IsKey(argument))
            {
                return Failure.Usage("A key does not belong on a command line: other users can read it there.",
                    $"Put it into an environment variable and name that: {CommonOptions.IntegrityKeyEnv.Name} NAME");
            }
        }

        return null;
    }

    /// <summary>No such option exists, but a user who tries it has already typed the key.</summary>
    private static bool IsKey(string argument) =>
        argument.StartsWith("--integrity-key", StringComparison.Ordinal)
        && !argument.StartsWith(CommonOptions.IntegrityKeyEnv.Name, StringComparison.Ordinal);

    [GeneratedRegex(@"[a-z][a-z0-9+.-]*://([^/@\s]*:[^/@\s]+@|.*[?&;]password=)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UrlWithPassword { get; }

    /// <summary>The pattern allows for a password with characters that should have been encoded.</summary>
    [GeneratedRegex(@"postgres(ql)?(\+\w+)?://[^:/?#]*:.+@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PostgresUrlWithPassword { get; }

    /// <summary>libpq's keyword, its variable, and .NET's names for the same.</summary>
    [GeneratedRegex(@"(^|[\s;='""])(pg)?(password|pwd|psw)\s*=\s*[^\s;]", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Keyword { get; }
}
