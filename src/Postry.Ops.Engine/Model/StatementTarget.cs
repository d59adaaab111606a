namespace Postry.Ops.Engine.Model;

/// <summary>Something that a statement of a dump makes or changes.</summary>
/// <param name="Schema">The schema that it is in; null for what is in none.</param>
/// <param name="Line">The line in which the statement begins.</param>
/// <param name="IsPrivilege">True where it is about owners and privileges, which can be left out.</param>
internal sealed record StatementTarget(string? Schema, long Line, bool IsPrivilege);
