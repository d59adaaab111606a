using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Tests.IO;

/// <summary>Scratch folders in the system's temporary folder, which all commands of a user share.</summary>
public sealed class ScratchFolderTests
{
    [Fact]
    public void Commands_that_sweep_at_the_same_time_do_not_disturb_each_other() =>
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, number =>
        {
            using var folder = ScratchFolder.CreateTemporary();
            File.WriteAllText(folder.File("own"), $"{number}");
            Assert.Equal($"{number}", File.ReadAllText(folder.File("own")));
        });
}
