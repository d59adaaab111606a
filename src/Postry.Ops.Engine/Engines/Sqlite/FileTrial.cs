using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Engines.Sqlite;

/// <summary>A trial restore to a new file in a scratch folder, which goes with the folder.</summary>
internal sealed class FileTrial(string path) : DatabaseTrial
{
    // The first page holds the header and the schema: without it no tool opens the file.
    private const int DestroyedBytes = 4096;

    /// <inheritdoc/>
    public override DatabaseAddress Address => new SqliteAddress(path);

    /// <inheritdoc/>
    public override string Description => $"a new file on this machine ({path})";

    /// <inheritdoc/>
    public override async Task<string> SimulateLossAsync(CancellationToken cancellation)
    {
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None))
        {
            var bytes = (int)Math.Min(DestroyedBytes, file.Length);
            await file.WriteAsync(new byte[bytes], cancellation);
            file.Flush(flushToDisk: true);
        }

        return SqliteHeader.Read(path) is null
            ? Invariant($"The first {DestroyedBytes:N0} bytes of the file were overwritten with zeros: it is no database any more.")
            : throw new InvalidOperationException($"{path} is still a database after it was destroyed.");
    }

    /// <inheritdoc/>
    public override Task<string?> FindLeftoversAsync() =>
        Task.FromResult(FileFacts.Of(path).Kind == FileKind.Missing ? null : $"the file {path}");

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
