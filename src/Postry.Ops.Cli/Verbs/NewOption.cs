using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Cli.Verbs;

/// <summary>Options whose complaints say what would have been right.</summary>
internal static class NewOption
{
    private static readonly string[] TimeFormats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFFF",
        "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFFF",
    ];

    /// <summary>Text that is not empty.</summary>
    public static Option<string> Text(string name, string helpName, string description, bool required = false)
    {
        var option = new Option<string>(name) { HelpName = helpName, Description = description, Required = required };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: 0 }]) result.AddError($"{name} is empty.");
        });
        return option;
    }

    /// <summary>Texts that are not empty; the option may be given several times.</summary>
    public static Option<string[]> Texts(string name, string helpName, string description)
    {
        var option = new Option<string[]>(name) { HelpName = helpName, Description = $"{description} Can be given several times.", Arity =
            ArgumentArity.OneOrMore };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0)) result.AddError($"{name} is empty.");
        });
        return option;
    }

    /// <summary>Texts that were given; null where none was, for the library's value is an empty list then.</summary>
    public static string[]? Given(ParseResult input, Option<string[]> option) => input.GetResult(option) is { Implicit: false }
        ? input.GetValue(option) : null;

    /// <summary>A switch.</summary>
    public static Option<bool> Flag(string name, string description)
    {
        var option = new Option<bool>(name) { Description = description };
        // The library would complete true and false after a switch, where people go on with the next option.
        option.CompletionSources.Clear();
        option.CompletionSources.Add(context => context.ParseResult.CommandResult.Command.GetCompletions(context));
        return option;
    }

    /// <summary>An option that takes one of several words, in upper or lower case.</summary>
    public static Option<T?> Choice<T>(string name, string description, params (string Word, T Value)[] choices) where T : struct
    {
        var words = choices.Select(choice => choice.Word).ToArray();
        var option = new Option<T?>(name) { HelpName = string.Join('|', words), Description = description };
        option.CustomParser = result =>
        {
            var given = result.Tokens[0].Value;
            foreach (var (word, value) in choices)
            {
                if (word.Equals(given, StringComparison.OrdinalIgnoreCase)) return value;
            }

            result.AddError(OneOf(name, words, given));
            return null;
        };
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>An option that takes one of several words, in upper or lower case, and may be given several times.</summary>
    public static Option<T[]> Choices<T>(string name, string description, params T[] choices) where T : struct, Enum
    {
        var words = choices.Select(choice => choice.ToString()).ToArray();
        var option = new Option<T[]>(name)
        {
            HelpName = string.Join('|', words),
            Description = $"{description} Can be given several times.",
            Arity = ArgumentArity.OneOrMore,
        };
        option.CustomParser = result =>
        {
            var wrong = result.Tokens.FirstOrDefault(token => !words.Contains(token.Value, StringComparer.OrdinalIgnoreCase));
            if (wrong is null) return [.. result.Tokens.Select(token => Enum.Parse<T>(token.Value, ignoreCase: true))];
            result.AddError(OneOf(name, words, wrong.Value));
            return null;
        };
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>A size such as 100MB or 512MiB, in bytes.</summary>
    public static Option<long?> Size(string name, string description) => new(name)
    {
        HelpName = "size",
        Description = $"{description} For example 100MB or 2GiB.",
        CustomParser = result =>
        {
            if (Sizes.Parse(result.Tokens[0].Value) is { } bytes) return bytes;
            result.AddError($"{name} takes a size with its unit such as 100MB (millions of bytes) or 512MiB (of 1,048,576), not " +
                $"'{result.Tokens[0].Value}'.");
            return null;
        },
    };

    /// <summary>--mode: auto, or one of the engines. Kept as text, because the library takes no null for the value of a word that was
    /// given.</summary>
    public static Option<string> Mode(string description, params DatabaseMode[] modes)
    {
        string[] words = ["auto", .. modes.Select(mode => mode.ToString().ToLowerInvariant())];
        var option = new Option<string>("--mode") { HelpName = string.Join('|', words), Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var given }] && !words.Contains(given, StringComparer.OrdinalIgnoreCase))
                result.AddError(OneOf("--mode", words, given));
        });
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>The engine that --mode names; null for auto, and where it was not given.</summary>
    public static DatabaseMode? ModeIn(ParseResult input, Option<string> option) =>
        Enum.TryParse<DatabaseMode>(input.GetValue(option), ignoreCase: true, out var mode) ? mode : null;

    private static string OneOf(string name, string[] words, string given) =>
        $"{name} takes {string.Join(", ", words[..^1])} or {words[^1]}, not '{given}'.";

    /// <summary>
    /// A point in time as UTC; one without a zone is local. Only ISO forms are accepted, because 03/04 means two different days.
    /// </summary>
    public static Option<DateTime?> Time(string name, string description) => new(name)
    {
        HelpName = "time",
        Description = $"{description} For example 2026-11-20T14:05 (local) or 2026-11-20T14:05Z.",
        CustomParser = result => ParseTime(result, name),
    };

    /// <summary>A duration such as 90s, 12h or 7d, within bounds.</summary>
    public static Option<TimeSpan?> Duration(string name, string description, TimeSpan? least = null, TimeSpan? most = null) => new(name)
    {
        HelpName = "duration",
        Description = $"{description} For example 90s, 12h or 7d.",
        CustomParser = result =>
        {
            var given = result.Tokens[0].Value;
            if (Durations.Parse(given) is not { } duration) result.AddError($"{name}: {Durations.Problem(given)}");
            else if (duration >= (least ?? TimeSpan.Zero) && duration <= (most ?? TimeSpan.MaxValue)) return duration;
            else
                result.AddError(
                    $"{name} takes a duration from {Durations.Write(least!.Value)} to {Durations.Write(most!.Value)}, not {given}.");
            return null;
        },
    };

    /// <summary>A whole number within bounds.</summary>
    public static Option<int?> Number(string name, int least, int most, string description, string helpName = "count") => new(name)
    {
        HelpName = helpName,
        Description = description,
        CustomParser = result =>
        {
            var given = result.Tokens[0].Value;
            var isNumber = int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            if (isNumber && number >= least && number <= most) return number;

            result.AddError($"{name} takes a number from {least} to {most}, not '{given}'.");
            return null;
        },
    };

    private static DateTime? ParseTime(ArgumentResult result, string name)
    {
        var given = result.Tokens[0].Value;
        string[] formats = [.. TimeFormats, .. TimeFormats.Select(format => format + "K")];
        const DateTimeStyles Local = DateTimeStyles.AssumeLocal | DateTimeStyles.AdjustToUniversal;
        if (DateTime.TryParseExact(given, formats, CultureInfo.InvariantCulture, Local, out var utc)) return utc;

        result.AddError($"{name} takes a time such as 2026-11-20T14:05 (local) or 2026-11-20T14:05Z, not '{given}'.");
        return null;
    }
}
