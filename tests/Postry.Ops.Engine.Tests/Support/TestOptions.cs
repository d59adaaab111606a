namespace Postry.Ops.Engine.Tests.Support;

/// <summary>The changes that environment variables make to a test run.</summary>
internal static class TestOptions
{
    /// <summary>POSTRY_LONG_TESTS=1: hundreds of random kills instead of twenty each, and the like.</summary>
    public static bool Long { get; } = Environment.GetEnvironmentVariable("POSTRY_LONG_TESTS") is { Length: > 0 } and not "0";

    /// <summary>POSTRY_TEST_SEED, else a new one for this run. Tests that use it print it.</summary>
    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("POSTRY_TEST_SEED"), out var seed) ? seed
        : Random.Shared.Next(1, 1_000_000);

    /// <summary>The random numbers of one run of one test.</summary>
    public static Random RandomFor(string test, int iteration)
    {
        // string.GetHashCode differs from process to process, so the test mixes the characters itself.
        var mixed = test.Aggregate(17, (hash, character) => unchecked(hash * 31 + character));
        return new Random(unchecked((Seed * 397) ^ mixed ^ (iteration * 7919)));
    }
}
