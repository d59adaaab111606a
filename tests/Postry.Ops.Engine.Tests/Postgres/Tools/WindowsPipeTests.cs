using System.Text;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Tools;

namespace Postry.Ops.Engine.Tests.Postgres.Tools;

/// <summary>The pipes of PostgreSQL's programs for Windows: what their C library does to texts is taken back, byte for byte.</summary>
public sealed class WindowsPipeTests
{
    private static readonly string[] Texts =
    [
        "", "\n", "a\nb\n", "a\r\nb\r\r\n\n", "\r", "\r\n\r", "end without a newline", "\n\r\n\r\r\n\ra\r",
        new string('\n', 70_000) + "\r",
    ];

    public static TheoryData<int, int> Cases()
    {
        var cases = new TheoryData<int, int>();
        for (var text = 0; text < Texts.Length; text++)
            foreach (var piece in new[] { 1, 2, 3, 100_000 }) cases.Add(text, piece);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_the_library_added_to_an_output_is_taken_away(int text, int piece)
    {
        using var output = new WindowsOutput(new Pieces(Translated(Texts[text]), piece));
        using var read = new MemoryStream();
        await output.CopyToAsync(read, bufferSize: 7 * piece);
        Assert.Equal(Texts[text], Encoding.ASCII.GetString(read.ToArray()));
        using var again = new StreamReader(new WindowsOutput(new Pieces(Translated(Texts[text]), piece)), Encoding.ASCII);
        Assert.Equal(Texts[text], again.ReadToEnd());
    }

    [Theory]
    [InlineData("a\nb\r\nc\r\r\n")]
    [InlineData("\n\r\n")]
    [InlineData("\r")]
    public async Task An_output_that_the_library_left_alone_is_read_as_it_is(string text)
    {
        using var output = new WindowsOutput(new Pieces(Encoding.ASCII.GetBytes(text), 1));
        using var read = new MemoryStream();
        await output.CopyToAsync(read);
        Assert.Equal(text, Encoding.ASCII.GetString(read.ToArray()));
    }

    [Fact]
    public async Task What_the_library_will_take_from_an_input_is_added_before()
    {
        using var written = new MemoryStream();
        await using (var input = new WindowsInput(written, "shop"))
        {
            foreach (var text in Texts) await input.WriteAsync(Encoding.ASCII.GetBytes(text));
            var e = Assert.Throws<ToolFailedException>(() => input.Write([1, 26]));
            Assert.Contains("Ctrl-Z", e.Message, StringComparison.Ordinal);
            Assert.Contains("Swap", e.Hint, StringComparison.Ordinal);
        }

        Assert.Equal(Translated(string.Concat(Texts)), written.ToArray());
    }

    private static byte[] Translated(string text) => Encoding.ASCII.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal));

    /// <summary>A pipe that brings a few bytes at a time.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, size));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, size)]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, size)], cancellationToken);
    }
}
