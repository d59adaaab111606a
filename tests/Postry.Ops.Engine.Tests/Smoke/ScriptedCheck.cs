using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Smoke;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>A check whose answers a test writes; it counts how often it was asked.</summary>
internal sealed class ScriptedCheck(string name, Func<int, CancellationToken, Task<SmokeAnswer>> ask) : ISmokeCheck
{
    private int _asked;

    public ScriptedCheck(string name, params SmokeAnswer[] answers)
        : this(name, (attempt, _) => Task.FromResult(answers[Math.Min(attempt, answers.Length) - 1]))
    {
    }

    public int Asked => _asked;

    public string Name => name;

    public SmokeKind Kind => SmokeKind.Http;

    public string Target => $"http://{name}/";

    public string Expected => "2xx";

    public IReadOnlyList<string> After { get; init; } = [];

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    public CheckStatus WithoutAnswer { get; init; } = CheckStatus.Failed;

    public Task<SmokeAnswer> AskAsync(CancellationToken cancellation) => ask(Interlocked.Increment(ref _asked), cancellation);
}
