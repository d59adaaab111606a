namespace Postry.Ops.Cli.Demo;

/// <summary>What plain SQL says of the sample database, by a SQLite library and a process that the engine has no part in.</summary>
/// <param name="Integrity">The answer of PRAGMA integrity_check.</param>
/// <param name="Users">Rows in users.</param>
/// <param name="Credits">Sum of the users' credits.</param>
/// <param name="Posts">Rows in posts.</param>
/// <param name="Likes">Sum of the posts' likes.</param>
/// <param name="MissingRows">Rows of the other database that this one has not; null where there is no other.</param>
/// <param name="ExtraRows">Rows of this database that the other has not; null where there is no other.</param>
internal sealed record SampleFacts(string Integrity, long Users, long Credits, long Posts, long Likes, long? MissingRows, long? ExtraRows);
