using System.Text.RegularExpressions;
using Postry.Ops.Cli.Verbs;

namespace Postry.Ops.Cli;

/// <summary>Finds secrets among the arguments, where every user of the machine can read them in the list of processes.</summary>
internal static partial class SecretArguments
{
    /// <summary>The error for arguments that hold a secret, or null. It never repeats the secret.</summary>
    public static Failure? Refusal(IEnumerable<string> arguments)
    {
        foreach (var argument in arguments)
        {
            if (UrlWithPassword.IsMatch(argument))
            {
                return Failure.Usage("A URL with a password does not belong on a command line: other users can read it there.",
                    "Take the password out of the URL and change it; this version works on SQLite files: --path FILE.");
            }

            if (IsKey(argument))
            {
                return Failure.Usage("A key does not belong on a command line: other users can read it there.",
                    $"Put it into an environment variable and name that: {CommonOptions.IntegrityKeyEnv.Name} NAME");
            }
        }

        return null;
    }

    /// <summary>No such option exists; whoever tries it has already typed the key.</summary>
    private static bool IsKey(string argument) =>
        argument.StartsWith("--integrity-key", StringComparison.Ordinal)
        && !argument.StartsWith(CommonOptions.IntegrityKeyEnv.Name, StringComparison.Ordinal);

    [GeneratedRegex(@"[a-z][a-z0-9+.-]*://([^/@\s]*:[^/@\s]+@|.*[?&;]password=)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UrlWithPassword { get; }
}
