using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Tools;

/// <summary>A program to run, and on what.</summary>
internal sealed record PgCommand
{
    /// <summary>The program.</summary>
    public required PgTool Tool { get; init; }

    /// <summary>The arguments, which never hold a secret, because every user of the machine sees them.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The name of the target, which errors carry.</summary>
    public required string Target { get; init; }

    /// <summary>The database that it works on; null for a program that connects to none.</summary>
    public PostgresAddress? Address { get; init; }

    /// <summary>Major version of the server behind the address.</summary>
    public int ServerMajor { get; init; }

    /// <summary>
    /// The encoding in which the program and the server begin to talk: SQL_ASCII if that is the database's, because a server of version 18
    /// sends the database's search_path in its greeting, and refuses a session that cannot read it.
    /// </summary>
    public string Encoding { get; init; } = "UTF8";

    /// <summary>True to write to the program's input.</summary>
    public bool WithInput { get; init; }

    /// <summary>True to read the program's output; otherwise it is thrown away.</summary>
    public bool WithOutput { get; init; }

    /// <summary>Receives each line of the program's error output, on another thread; with --verbose the lines show the progress.</summary>
    public Action<string>? OnErrorLine { get; init; }

    /// <summary>Receives each warning of the program, of libpq and of the server once, without secrets, on another thread.</summary>
    public Action<string>? Warned { get; init; }

    /// <summary>Folder to run in, or null for the current one.</summary>
    public string? Folder { get; init; }

    /// <summary>The shell text under which it runs where it reads no input of ours.</summary>
    public string ParentDeathGuard { get; init; } = IO.ParentDeathGuard.Program;

    /// <summary>Environment variables of its own.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>The operating system's user to run as, or null for this one.</summary>
    public string? RunAs { get; init; }

    /// <summary>The arguments as they are given: nobody is there to be asked for a password.</summary>
    public IEnumerable<string> AllArguments => Address is null ? Arguments : ["--no-password", .. Arguments];

    /// <summary>Makes the environment out of an inherited one.</summary>
    public void SetEnvironment(IDictionary<string, string?> environment)
    {
        PgEnvironment.Clean(environment);
        foreach (var (name, value) in Variables) environment[name] = value;
        if (Address is null) return;
        PgEnvironment.Add(environment, Address, ServerMajor, CurrentOperation.ApplicationName);
        environment["PGCLIENTENCODING"] = Encoding;
    }
}
