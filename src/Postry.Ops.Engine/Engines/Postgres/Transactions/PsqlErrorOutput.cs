namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>The error output of psql between two moments; other output is not kept.</summary>
internal sealed class PsqlErrorOutput
{
    private const int MostLines = 200;

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private string? _marker;
    private TaskCompletionSource<IReadOnlyList<string>> _captured = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes a line of the error output.</summary>
    public void AddLine(string line)
    {
        lock (_gate)
        {
            if (_marker is null) return;
            if (line == _marker)
            {
                _marker = null;
                _captured.TrySetResult([.. _lines]);
            }
            // The first error is the one that counts.
            else if (_lines.Count < MostLines)
            {
                _lines.Add(line);
            }
        }
    }

    /// <summary>The lines from now on up to a marker that psql was told to write there.</summary>
    public Task<IReadOnlyList<string>> ReadUntilAsync(string marker)
    {
        lock (_gate)
        {
            _lines.Clear();
            _marker = marker;
            _captured = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _captured.Task;
        }
    }
}
