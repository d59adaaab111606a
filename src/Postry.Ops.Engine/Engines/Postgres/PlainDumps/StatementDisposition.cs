namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>The ways to treat a statement of a dump.</summary>
internal enum StatementDisposition
{
    /// <summary>The statement is run.</summary>
    Run,

    /// <summary>The statement is left out, because this kind of restore does not change the object that it is about.</summary>
    LeaveOut,

    /// <summary>The statement is run, and the rows of a table follow.</summary>
    RunWithRows,
}
