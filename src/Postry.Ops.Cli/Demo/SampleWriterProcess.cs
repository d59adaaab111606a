using System.Diagnostics;
using System.Globalization;

namespace Postry.Ops.Cli.Demo;

/// <summary>The work of the writer since it was last asked.</summary>
/// <param name="Commits">Transactions that were committed.</param>
/// <param name="Longest">The duration of the slowest of them, waiting included.</param>
internal sealed record WriterReport(long Commits, TimeSpan Longest);

/// <summary>The sample application's writer, as the demonstration sees it: it takes commands on its input and answers each.</summary>
internal sealed class SampleWriterProcess(Process process, CancellationToken cancellation) : IAsyncDisposable
{
    private readonly Task<string> _errors = process.StandardError.ReadToEndAsync(CancellationToken.None);

    /// <summary>Returns once the writer has the database open and is committing.</summary>
    public Task WaitUntilOpenAsync() => AnswerAsync();

    /// <summary>Tells it to report, pause or resume, and returns what it did since the last command.</summary>
    public async Task<WriterReport> SendAsync(string command)
    {
        await process.StandardInput.WriteLineAsync(command.AsMemory(), cancellation);
        await process.StandardInput.FlushAsync(cancellation);
        var parts = (await AnswerAsync()).Split(' ');
        var longest = TimeSpan.FromMilliseconds(double.Parse(parts[1], CultureInfo.InvariantCulture));
        return new WriterReport(long.Parse(parts[0], CultureInfo.InvariantCulture), longest);
    }

    public async ValueTask DisposeAsync()
    {
        // The end of its input tells it to stop; whatever does not is not waited for.
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private async Task<string> AnswerAsync() =>
        await process.StandardOutput.ReadLineAsync(cancellation)
        ?? throw new InvalidOperationException($"The sample writer ended: {await _errors}");
}
