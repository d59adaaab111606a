using System.Globalization;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>Randomness that can be repeated: the seed is printed, and POSTRY_TEST_SEED sets it.</summary>
internal static class Seed
{
    /// <summary>True where the long versions are wanted: POSTRY_LONG_TESTS=1.</summary>
    public static bool LongTests => Environment.GetEnvironmentVariable("POSTRY_LONG_TESTS") == "1";

    /// <summary>A generator whose seed the test's output names.</summary>
    public static Random Random(ITestOutputHelper output)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("POSTRY_TEST_SEED"), CultureInfo.InvariantCulture, out var given) ? given
            : System.Random.Shared.Next();
        output.WriteLine($"POSTRY_TEST_SEED={seed}");
        return new Random(seed);
    }
}
