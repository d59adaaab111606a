using System.Management.Automation;
using System.Runtime.ExceptionServices;
using System.Security;
using Postry.Ops.Engine;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations;
using Postry.Ops.Errors;
using Postry.Ops.Formatting;
using Postry.Ops.Pipeline;
using static System.FormattableString;

namespace Postry.Ops.Commands;

/// <summary>
/// The base of every cmdlet: determines where and with which keys it works, runs the engine on a worker, and turns its exceptions into
/// errors. Nothing public or protected here, or in a derived class, may name an engine type: PowerShell reads the exported types
/// before the engine can be found.
/// </summary>
public abstract class OpsCommand : PSCmdlet
{
    // The source is never disposed: it holds no handle, and StopProcessing may come when the pipeline has just ended.
    private readonly CancellationTokenSource _stop = new();
    private OpsSettings? _settings;
    private ReportedWarnings? _said;
    private ErrorRecord? _failure;
    private bool _hasEnded;

    /// <summary>The folder whose databases are looked after.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RepoRoot { get; set; }

    /// <summary>The folder that holds the backups.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BackupRoot { get; set; }

    /// <summary>The settings of the command, after it has begun.</summary>
    private protected OpsSettings Settings => _settings!;

    /// <summary>The folder given as the repo root.</summary>
    private protected virtual string? GivenRepoRoot => RepoRoot is null ? null : FullPath(RepoRoot);

    /// <summary>False for the command that makes a configuration, which no broken one may stop.</summary>
    private protected virtual bool ReadsConfiguration => true;

    /// <summary>The key given as a parameter, by commands that have one.</summary>
    private protected virtual SecureString? GivenKey => null;

    /// <summary>The time limit given for waiting, by commands that have one.</summary>
    private protected virtual TimeSpan? GivenWaitTimeout => null;

    /// <inheritdoc/>
    protected sealed override void BeginProcessing() => Guarded(() =>
    {
        TypedName.UseWords(CmdletWords.Table);
        _settings = ResolveSettings();
        _said = new ReportedWarnings();
        if (_settings.Keys.Warning is { } weak) WriteWarning(weak);
        Begin();
        if (_settings.Configuration.Warning is { } problems) WriteWarning(problems);
        foreach (var warning in Run((engine, _) => Task.FromResult(engine.PendingWarnings()))) WriteWarning(warning);
    });

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => Guarded(Process);

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Guarded(() =>
    {
        End();
        if (_failure is not null) Fail(_failure);
    });

    /// <summary>Called on another thread while the pipeline thread is at work; the relay sees to the rest.</summary>
    protected sealed override void StopProcessing() => _stop.Cancel();

    /// <summary>Runs before the first item, while nothing has been read or written.</summary>
    private protected virtual void Begin() { }

    /// <summary>Runs for each item.</summary>
    private protected virtual void Process() { }

    /// <summary>Runs after the last item.</summary>
    private protected virtual void End() { }

    /// <summary>Runs one operation of the engine on a worker and returns what it returned. Throws the engine's own exceptions.</summary>
    private protected T Run<T>(Func<OpsEngine, CancellationToken, Task<T>> operation)
    {
        T? result = default;
        Run(async (engine, _, cancellation) => result = await operation(engine, cancellation));
        return result!;
    }

    /// <summary>Runs work on a worker that posts its results to the relay. Throws the engine's own exceptions.</summary>
    private protected void Run(Func<OpsEngine, Relay, CancellationToken, Task> work)
    {
        var failure = Relay.Run(
            new CmdletOutput(this), (relay, cancellation) => work(new OpsEngine(_settings!, [relay], _said), relay, cancellation),
            _stop.Token);
        switch (failure)
        {
            case null:
                return;
            case OperationCanceledException when _stop.IsCancellationRequested:
                throw new PipelineStoppedException();
            case OpsException:
                ExceptionDispatchInfo.Throw(failure);
                return;
            default:
                throw new DefectException(failure);
        }
    }

    /// <summary>
    /// Does the same for each item. One item that fails does not stop the others. Of items that the parameters name, the last failure is
    /// the end of the command, so that its caller cannot miss it; for items that come through the pipeline each failure is only reported.
    /// </summary>
    private protected void ForEach<T>(IEnumerable<T> items, Func<T, object?> target, Action<T> body)
    {
        foreach (var item in items)
        {
            try
            {
                body(item);
            }
            catch (OpsException e) when (!ErrorTable.IsPrecondition(e))
            {
                var failure = ErrorTable.ToRecord(e, target(item));
                if (MyInvocation.ExpectingInput) WriteError(failure);
                else KeepForEnd(failure);
            }
        }
    }

    /// <summary>
    /// The engine's objects in an -InputObject. The parameter is a PSObject and no array, although it may hold one: PowerShell would bind
    /// an item that must be made an array first by its Id, if it has one, before it binds by value.
    /// </summary>
    private protected static IEnumerable<T> Items<T>(PSObject input) => LanguagePrimitives.GetEnumerable(input) is { } several
        ? several.Cast<object>().Select(item => (T)(item is PSObject wrapped ? wrapped.BaseObject : item))
        : [(T)input.BaseObject];

    /// <summary>The full path of a literal path, from PowerShell's current folder and drives.</summary>
    private protected string FullPath(string path)
    {
        DatabaseChoice.RequirePath(path);
        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        return provider.Name == "FileSystem"
            ? full
            : throw new InvalidRequestException(
                path, $"{path} is not in the file system.", "Give the path of a file or folder.");
    }

    /// <summary>The database that the parameters name, else the one that the environment or postry.json names.</summary>
    /// <param name="path">The value of -Path.</param>
    /// <param name="url">The value of -DatabaseUrl.</param>
    /// <param name="credential">The value of -Credential.</param>
    /// <param name="mode">The value of -Mode.</param>
    /// <param name="name">The value of -Database, if it can name an entry of postry.json.</param>
    /// <param name="postgresOnly">The parameters that only PostgreSQL has, and whether they were given.</param>
    private protected ChosenDatabase Chosen(
        string? path, string? url, PSCredential? credential, string? mode = null, string? name = null,
        params (string Name, bool Given)[] postgresOnly) =>
        Choice(path, url, credential, mode, name, postgresOnly).Choose(_settings!);

    /// <summary>Returns the database that the parameters name; null if they name none.</summary>
    private protected DatabaseAddress? NamedOrNone(string? path, string? url, PSCredential? credential = null) =>
        Choice(path, url, credential, null, null, []).ResolveIfNamed(_settings!);

    /// <summary>A time as the engine takes it. A time without a zone is local, and the operator is told its value in UTC.</summary>
    private protected DateTime? Utc(string parameter, DateTime? time)
    {
        if (time is not { } given) return null;
        var utc = given.ToUniversalTime();
        WriteVerbose(Invariant($"-{parameter} is {utc:yyyy-MM-dd HH:mm:ss}Z (UTC)."));
        return utc;
    }

    private DatabaseChoice Choice(string? path, string? url, PSCredential? credential, string? mode, string? name,
        (string Name, bool Given)[] postgresOnly) => new()
    {
        Path = path is null ? null : FullPath(path),
        Url = url,
        Name = name,
        User = credential?.UserName.TrimStart('\\'),
        Password = SecureText.Password(credential),
        Mode = Modes.Parse(mode),
        PostgresOnly = [.. from parameter in postgresOnly where parameter.Given select parameter.Name],
    };

    private OpsSettings ResolveSettings()
    {
        var settings = OpsSettings.Resolve(
            GivenRepoRoot,
            BackupRoot is null ? null : FullPath(BackupRoot),
            GivenKey is { } key ? SecureText.Utf8(key) : null,
            SessionState.Path.CurrentFileSystemLocation.ProviderPath,
            readFile: ReadsConfiguration);
        return GivenWaitTimeout is { } wait ? settings with { WaitTimeout = wait } : settings;
    }

    private void Guarded(Action body)
    {
        if (_hasEnded) return;
        try
        {
            body();
        }
        catch (OpsException e)
        {
            Fail(ErrorTable.ToRecord(e));
        }
        catch (DefectException e)
        {
            Fail(ErrorTable.ToRecord(e.InnerException!));
        }
    }

    /// <summary>
    /// Ends the command with an error, because it could not do the one thing that it was asked. The error ends the script as well, as
    /// throw does: a script that goes on after a failed restore would start the application on the wrong data, and pwsh -File would exit
    /// with 0. A caller who has said what errors are to do, with -ErrorAction or $ErrorActionPreference, gets that.
    /// </summary>
    private void Fail(ErrorRecord error)
    {
        _hasEnded = true;
        if (HasErrorAction()) WriteError(error);
        else throw ScriptEnd.Of(error, this);
    }

    private void KeepForEnd(ErrorRecord failure)
    {
        if (_failure is not null) WriteError(_failure);
        _failure = failure;
    }

    // Exceptions of PowerShell itself, for example when Select-Object -First has enough, must pass through: a defect has its own type.
    private sealed class DefectException(Exception inner) : Exception(inner.Message, inner);

    private bool HasErrorAction() => MyInvocation.BoundParameters.ContainsKey("ErrorAction")
        || (LanguagePrimitives.TryConvertTo(GetVariableValue("ErrorActionPreference"), out ActionPreference preference)
            && preference != ActionPreference.Continue);
}
