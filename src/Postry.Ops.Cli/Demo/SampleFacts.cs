namespace Postry.Ops.Cli.Demo;

/// <summary>
/// The answers of plain SQL about the sample database, from a SQLite library and a process that do not belong to the engine.
/// </summary>
/// <param name="Integrity">The answer of PRAGMA integrity_check.</param>
/// <param name="Users">Rows in users.</param>
/// <param name="Credits">Sum of the users' credits.</param>
/// <param name="Posts">Rows in posts.</param>
/// <param name="Likes">Sum of the posts' likes.</param>
/// <param name="MissingRows">Rows of the other database that this one does not have; null if no other was named.</param>
/// <param name="ExtraRows">Rows of this database that the other does not have; null if no other was named.</param>
internal sealed record SampleFacts(string Integrity, long Users, long Credits, long Posts, long Likes, long? MissingRows, long? ExtraRows);
