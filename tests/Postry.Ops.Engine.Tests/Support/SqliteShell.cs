using System.Diagnostics;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>Another process that has a database open: a stock sqlite3 shell that does what it is told and stays.</summary>
internal sealed class SqliteShell : IDisposable
{
    private readonly Process _shell;

    public SqliteShell(string database, string sql)
    {
        _shell = Commands.Start("sqlite3", ["-bail", database]);
        Execute(sql);
    }

    /// <summary>Runs SQL in the shell and waits until the SQL is done.</summary>
    public void Execute(string sql)
    {
        // The shell keeps its own output back while it goes into a pipe; a child of it does not.
        _shell.StandardInput.WriteLine(sql);
        _shell.StandardInput.WriteLine(".system echo --done--");
        _shell.StandardInput.Flush();
        string? line;
        do
        {
            line = _shell.StandardOutput.ReadLine();
            if (line is null) Assert.Fail($"sqlite3 ended: {_shell.StandardError.ReadToEnd()}");
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
