using System.Diagnostics;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>Another process that has a database open: a stock sqlite3 shell that does what it is told and stays.</summary>
internal sealed class Holder : IDisposable
{
    private readonly Process _shell;

    public Holder(string database, string sql)
    {
        _shell = Commands.Start("sqlite3", ["-bail", database]);
        Tell(sql);
    }

    /// <summary>Runs SQL in it and waits until that is done.</summary>
    public void Tell(string sql)
    {
        // The shell keeps its own output back while it goes into a pipe; a child of it does not.
        _shell.StandardInput.WriteLine(sql);
        _shell.StandardInput.WriteLine(".system echo --done--");
        _shell.StandardInput.Flush();
        string? line;
        do
        {
            line = _shell.StandardOutput.ReadLine();
            if (line is null) Assert.Fail($"The holder ended: {_shell.StandardError.ReadToEnd()}");
        }
        while (line != "--done--");
    }

    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }
}
