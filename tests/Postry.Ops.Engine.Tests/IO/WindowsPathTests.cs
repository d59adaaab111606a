using System.Buffers.Binary;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Tests.IO;

/// <summary>The parts of the code for Windows and macOS that can be told on Linux.</summary>
public sealed class WindowsPathTests
{
    private static readonly string Long = new('x', 250);

    [Theory]
    [InlineData(@"C:\data\app.db", @"C:\data\app.db")]
    [InlineData(@"C:\", @"\\?\C:\")]
    [InlineData(@"\\server\share\", @"\\?\UNC\server\share\")]
    [InlineData(@"\\?\C:\", @"\\?\C:\")]
    public void A_long_path_gets_its_verbatim_form_and_a_short_one_stays(string start, string expected)
    {
        var full = start.EndsWith('\\') ? start + Long : start;
        Assert.Equal(start.EndsWith('\\') ? expected + Long : expected, WindowsPath.Openable(full));
    }

    [Theory]
    [InlineData(@"\\?\C:\data", @"C:\data")]
    [InlineData(@"\\?\UNC\server\share\data", @"\\server\share\data")]
    [InlineData(@"\\?\Volume{1}\data", @"\\?\Volume{1}\data")]
    [InlineData(@"C:\data", @"C:\data")]
    public void People_see_the_plain_form(string path, string expected) => Assert.Equal(expected, WindowsPath.Plain(path));

    [Fact]
    public void SQLite_opens_a_long_path_by_its_verbatim_form() => Assert.Equal(
        $"file:%5C%5C%3F%5CC%3A%5C{Long}%5Capp.db?immutable=1", SqliteSession.ImmutableUri($@"C:\{Long}\app.db", windows: true));

    [Fact]
    public void The_facts_of_macOS_are_read_from_its_struct()
    {
        var bytes = new byte[144];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), 0x8000 | 0b110_100_000);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), 2);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), 77);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), 501);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), 20);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), 1_700_000_000);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(56), 500_000_000);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(96), 4096);
        var facts = FileFacts.Read(bytes);
        Assert.Equal((FileKind.File, 4096, "640", 501u, 20u, 2u, 77ul),
            (facts.Kind, facts.Bytes, facts.ModeText, facts.UserId, facts.GroupId, facts.Links, facts.Number));
        Assert.Equal(new DateTime(2023, 11, 14, 22, 13, 20, 500, DateTimeKind.Utc), facts.ModifiedAt);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), 0x1000);
        Assert.Equal(FileKind.Special, FileFacts.Read(bytes).Kind);
    }
}
