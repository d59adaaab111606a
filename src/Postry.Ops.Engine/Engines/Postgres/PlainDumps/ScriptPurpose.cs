namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>The options of restoring a dump.</summary>
/// <param name="InTransaction">True if the dump runs within a transaction of the caller's, and objects that the dump expects to be absent
/// have been moved away.</param>
/// <param name="NoOwner">True to leave owners and privileges out.</param>
/// <param name="ServerMajor">Major version of the server that runs the dump.</param>
/// <param name="Schemas">The only schemas that the dump may change; null for all.</param>
/// <param name="NoTablespaces">True to leave tablespaces out.</param>
/// <param name="SearchPath">The search_path to use instead of the empty one that a dump sets; null to use the dump's.</param>
internal sealed record ScriptPurpose(
    bool InTransaction = false, bool NoOwner = false, int ServerMajor = int.MaxValue, IReadOnlySet<string>? Schemas = null,
    bool NoTablespaces = false, string? SearchPath = null);
