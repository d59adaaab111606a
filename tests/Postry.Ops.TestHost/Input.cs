namespace Postry.Ops.TestHost;

/// <summary>The parent asks a child to end by closing its input; a parent that dies does the same.</summary>
internal static class Input
{
    /// <summary>Cancelled when the standard input has ended.</summary>
    public static CancellationTokenSource Ended()
    {
        var source = new CancellationTokenSource();
        new Thread(() =>
        {
            while (Console.In.ReadLine() is not null) { }
            source.Cancel();
        })
        { IsBackground = true }.Start();
        return source;
    }
}
