using System.Collections.ObjectModel;

namespace Postry.Ops.Engine.Configuration.Values;

/// <summary>An address that must answer, or a page with the scripts and style sheets that it names.</summary>
public sealed record HttpCheck
{
    public string Url { get; init; } = "";
    public string? Name { get; init; }
    public string Method { get; init; } = "GET";
    public string? Body { get; init; }

    /// <summary>Headers by their names; none of them is a secret.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>For each header, the name of the environment variable that holds its value.</summary>
    public IReadOnlyDictionary<string, string> HeaderVariables { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>For each header, the path of the file that holds its value.</summary>
    public IReadOnlyDictionary<string, string> HeaderFiles { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Name of the environment variable that holds a bearer token.</summary>
    public string? BearerTokenVariable { get; init; }

    /// <summary>Path of the file that holds a bearer token.</summary>
    public string? BearerTokenFile { get; init; }

    /// <summary>A status such as 200, or a class of them such as 2xx.</summary>
    public string ExpectStatus { get; init; } = "2xx";
    public string? ExpectText { get; init; }
    public string? RejectText { get; init; }

    /// <summary>A regular expression that the body must match.</summary>
    public string? ExpectMatch { get; init; }

    /// <summary>A regular expression that the body must not match.</summary>
    public string? RejectMatch { get; init; }
    public IReadOnlyList<JsonExpectation> Json { get; init; } = [];
    public bool FollowRedirects { get; init; } = true;

    /// <summary>Days for which the server's certificate must still be valid; null if that does not matter.</summary>
    public int? MinimumCertificateDays { get; init; }

    /// <summary>How long a good answer may take; null if only the time limit counts.</summary>
    public TimeSpan? MaximumDuration { get; init; }
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Names of the checks that must pass first.</summary>
    public IReadOnlyList<string> After { get; init; } = [];
}

/// <summary>A value that a JSON answer must hold.</summary>
public sealed record JsonExpectation
{
    /// <summary>Names separated by dots, with [n] for the item of a list that has n before it.</summary>
    public string Path { get; init; } = "";

    /// <summary>The expected text, number, true or false, as JSON.</summary>
    public string? EqualTo { get; init; }
    public decimal? AtLeast { get; init; }
    public decimal? AtMost { get; init; }

    /// <summary>Whether the value must be there; null if that does not matter.</summary>
    public bool? Exists { get; init; }
}

/// <summary>A port that must accept a connection.</summary>
public sealed record TcpCheck
{
    /// <summary>Host and port, such as 127.0.0.1:5432 or [::1]:5432.</summary>
    public string Address { get; init; } = "";
    public string? Name { get; init; }
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
    public IReadOnlyList<string> After { get; init; } = [];
}

/// <summary>A command that must end with an exit code.</summary>
public sealed record ProcessCheck
{
    /// <summary>A command for the system's shell.</summary>
    public string Command { get; init; } = "";
    public string? Name { get; init; }
    public int ExpectExitCode { get; init; }
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
    public IReadOnlyList<string> After { get; init; } = [];
}

/// <summary>The monitoring summary that must be no worse than before the restore.</summary>
public sealed record MonitoringCheck
{
    public string Url { get; init; } = "";
    public string? Name { get; init; }
    public string? BearerTokenVariable { get; init; }
    public string? BearerTokenFile { get; init; }

    /// <summary>Errors among requests, in percent.</summary>
    public int MaximumErrorRate { get; init; } = 1;
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
    public IReadOnlyList<string> After { get; init; } = [];
}
