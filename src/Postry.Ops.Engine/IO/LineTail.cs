namespace Postry.Ops.Engine.IO;

/// <summary>The last lines of an output, which takes a bounded amount of memory whatever a program writes. Any thread may use it.</summary>
/// <param name="mostLines">Number of lines to keep.</param>
/// <param name="longestLine">Number of characters of each line to keep.</param>
internal sealed class LineTail(int mostLines, int longestLine)
{
    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();

    /// <summary>The lines so far, in their order.</summary>
    public IReadOnlyList<string> Lines { get { lock (_gate) return [.. _lines]; } }

    /// <summary>Adds a line.</summary>
    public void Add(string line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line.Length > longestLine ? line[..longestLine] : line);
            if (_lines.Count > mostLines) _lines.Dequeue();
        }
    }

    /// <summary>Forgets all lines.</summary>
    public void Clear()
    {
        lock (_gate) _lines.Clear();
    }
}
