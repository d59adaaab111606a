using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Events;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>A plain dump is one script, so that it is run as a whole under each search_path that its functions may need.</summary>
/// <param name="dump">The dump.</param>
/// <param name="database">The database that the dump is restored into.</param>
/// <param name="observer">Receives the attempts.</param>
internal sealed class DumpSearchPaths(PlainDump dump, PostgresAddress database, IOperationObserver observer)
{
    /// <summary>Returns the result of the first attempt that succeeds. Errors: the first, where none does.</summary>
    /// <param name="first">The error of the dump as it is.</param>
    /// <param name="attempt">Restores it under a search_path.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<T> TryAsync<T>(ToolFailedException first, Func<string, Task<T>> attempt, CancellationToken cancellation)
    {
        foreach (var path in SearchPaths.Of(dump.Manifest, await SearchPaths.OfSessionAsync(database, cancellation)))
        {
            observer.Detail($"{first.Message} Restoring once more, with search_path = {path}.");
            try
            {
                return await attempt(path);
            }
            catch (ToolFailedException e)
            {
                observer.Detail(e.Message);
            }
        }

        throw first;
    }
}
