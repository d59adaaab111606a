using System.CommandLine;
using Postry.Ops.Engine.Addresses;

namespace Postry.Ops.Cli.Verbs;

/// <summary>The address of a PostgreSQL database: on the command line without a password, or in an environment variable.</summary>
internal sealed class AddressOption
{
    private readonly Option<string> _address;
    private readonly Option<string> _variable;

    /// <param name="name">The option; the one for the variable's name ends in -env.</param>
    /// <param name="description">The meaning of the address, as a sentence.</param>
    public AddressOption(string name, string description)
    {
        _address = NewOption.Text(name, "url", $"{description} Give the address without a password.");
        _variable = NewOption.Text($"{name}-env", "name",
            $"Name of the environment variable that holds the address for {name}; the address may include a password.");
    }

    /// <summary>The options themselves.</summary>
    public IReadOnlyList<Option> All => [_address, _variable];

    /// <summary>The address as it was given, or null.</summary>
    public string? Read(ParseResult input)
    {
        if (input.GetValue(_variable) is { } variable) return FromEnvironment(variable);
        var address = input.GetValue(_address);
        // The address is in a form that the first look at the arguments did not recognise.
        return address is null || SqliteUrl.Matches(address) || !PostgresAddress.Parse(address).HasPassword ? address
            : throw SecretArguments.PasswordRefusal;
    }

    private string FromEnvironment(string variable)
    {
        var address = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(address))
            throw new UsageException($"The environment variable {variable} is empty, but {_variable.Name} names it.",
                $"Set {variable}, or name the database otherwise.");
        // Children need not see it.
        Environment.SetEnvironmentVariable(variable, null);
        return address;
    }
}
