using System.Text;
using Postry.Ops.Engine.Engines.Runtime;

namespace Postry.Ops.Engine.Tests.Runtime;

/// <summary>Env files are put together line by line: what nobody asked to change comes out byte for byte.</summary>
public sealed class EnvFileTests
{
    [Theory]
    [InlineData("")]
    [InlineData("A=1")]
    [InlineData("A=1\nB=2\n")]
    [InlineData("# comment\r\n\r\nexport A = '1 # no comment'\r\n")]
    [InlineData("KEY=\"several\nlines = 1\nof it\"\nB=2\n")]
    [InlineData("no assignment\n=x\nA B=1\n")]
    [InlineData("\uFEFFA=1\nB=2\n")]
    [InlineData("KEY=`several\nlines=\nof it`\nB=2\n")]
    [InlineData("OPEN=\"never closed\nB=2\n")]
    public void It_comes_out_as_it_went_in(string text) => Assert.Equal(text, Merged(text, text));

    [Fact]
    public void Bytes_that_are_no_text_are_kept()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, (byte)'A', (byte)'=', 0xFF, 0x00, (byte)'\n', (byte)'B', (byte)'=', 0xE4, (byte)'\n'];
        var file = EnvFile.Parse(bytes);
        Assert.Equal(bytes, file.ToBytes());
        Assert.Equal(["A", "B"], file.Keys.Order());
    }

    [Theory]
    // The live line in the place of the archive's.
    [InlineData("X=1\nKEEP=old\nY=2\n", "KEEP=new\n", "X=1\nKEEP=new\nY=2\n")]
    // The archive's value is in quotes, over several lines, and exported.
    [InlineData("KEEP=\"a\nb\"\nY=2\n", "export KEEP='c\nd' # so\nZ=1\n", "export KEEP='c\nd' # so\nY=2\n")]
    // The archive lacks the key, so it is added.
    [InlineData("X=1", "KEEP=new", "X=1\nKEEP=new")]
    // The live file lacks the key: it may have been lost, so all of its lines come back.
    [InlineData("X=1\nKEEP=old\n", "X=0\n", "X=1\nKEEP=old\n")]
    [InlineData("KEEP=1\nX=1\nKEEP=2", "X=0\n", "KEEP=1\nX=1\nKEEP=2")]
    // Set to nothing is set.
    [InlineData("X=1\nKEEP=old\n", "KEEP=\n", "X=1\nKEEP=\n")]
    // A key in a live comment is not set.
    [InlineData("KEEP=old\n", "#KEEP=new\nX=1\n", "KEEP=old\n")]
    // The last of several counts, once.
    [InlineData("KEEP=1\nX=1\nKEEP=2\n", "KEEP=a\nKEEP=b\n", "KEEP=b\nX=1\n")]
    // A byte order mark stays at the beginning, and where it was.
    [InlineData("X=1\n", "\uFEFFKEEP=new\n", "X=1\nKEEP=new\n")]
    [InlineData("\uFEFFKEEP=old\nX=1\n", "X=1\nKEEP=new\n", "\uFEFFKEEP=new\nX=1\n")]
    // The value is in backticks, over several lines.
    [InlineData("KEEP=`a\nb=`\nY=2\n", "KEEP=`c\nd=`\n", "KEEP=`c\nd=`\nY=2\n")]
    // A live file that sets nothing has been lost.
    [InlineData("X=1\nKEEP=old\n", "# gone\n", "X=1\nKEEP=old\n")]
    // A line end is not lost between a live last line and what follows.
    [InlineData("KEEP=old\nX=1\n", "KEEP=new", "KEEP=new\nX=1\n")]
    // A comment is no setting.
    [InlineData("#KEEP=old\nX=1\n", "KEEP=new\n", "#KEEP=old\nX=1\nKEEP=new\n")]
    // Another key that begins the same is another key.
    [InlineData("KEEP_ALL=1\nKEEP=1\n", "KEEP=2\nKEEP_ALL=2\n", "KEEP_ALL=1\nKEEP=2\n")]
    public void Keys_that_keep_their_live_values(string archived, string live, string expected) =>
        Assert.Equal(expected, Merged(archived, live));

    [Theory]
    [InlineData("KEEP=1\nPEM=\"-----BEGIN\nMIIabc=\nB=2\n")]
    [InlineData("KEEP=1\nPEM='-----BEGIN\nMIIabc=\nB=2")]
    // The quote of another value does not close it.
    [InlineData("KEEP=1\nPEM=\"-----BEGIN\nMIIabc=\nCERT=\"-----BEGIN\nMIIdef=\n-----END\"\nB=2\n")]
    public void Behind_a_quote_that_is_never_closed_no_key_is_named(string text)
    {
        var file = Parse(text);
        Assert.Equal(2, file.OpenLine);
        Assert.Equal(["KEEP", "PEM"], file.Keys.Order());
        var (added, changed, removed) = Parse("").ChangesTo(file);
        Assert.Equal(["KEEP", "PEM"], added);
        Assert.Empty(changed.Concat(removed));
        // A name counts as a key if it certainly is one in the other file.
        (added, changed, removed) = Parse("B=1\nC=1\n").ChangesTo(file);
        Assert.Equal(["KEEP", "PEM"], added);
        Assert.Equal(["B"], changed);
        Assert.Equal(["C"], removed);
    }

    [Theory]
    // The cases lie before the quote, behind it, and in the other file.
    [InlineData("KEEP=old\nPEM=\"x\nMII=\n", "KEEP=new\n", "KEEP=new\nPEM=\"x\nMII=\n")]
    [InlineData("PEM=\"x\nMII=\nKEEP=old\n", "KEEP=new\n", "PEM=\"x\nMII=\nKEEP=new\n")]
    [InlineData("X=1\nKEEP=old\n", "PEM=\"x\nMII=\nKEEP=new\n", "X=1\nKEEP=new\n")]
    [InlineData("X=1\nKEEP=old\n", "PEM=\"x\nKEEP=\"new\"\n", "X=1\nKEEP=\"new\"\n")]
    // Added where it is no piece of the value.
    [InlineData("X=1\nPEM=\"x\nMII=", "KEEP=new", "X=1\nKEEP=new\nPEM=\"x\nMII=")]
    // The archive's quote must not swallow lines that are not part of its value.
    [InlineData("KEEP=old\nX=\"1\"\n", "Y=1\nKEEP=\"new\n", "X=\"1\"\nKEEP=\"new\n")]
    public void Keys_keep_their_live_values_also_beside_a_quote_that_is_never_closed(string archived, string live, string expected) =>
        Assert.Equal(expected, Merged(archived, live));

    [Fact]
    public void A_key_that_is_kept_makes_no_keys_of_what_stood_behind_its_quote()
    {
        var archived = Parse("KEEP=\"old\nMIIabc=\n");
        var live = Parse("KEEP=new\n");
        var (added, changed, removed) = live.ChangesTo(archived.Keeping(live, ["KEEP"]));
        Assert.Empty(added.Concat(changed).Concat(removed));
    }

    [Fact]
    public void A_key_that_is_known_is_one_wherever_it_stands() =>
        Assert.Equal(["KEEP", "PEM"], EnvFile.Parse("PEM=\"x\nMII=\nKEEP=old\n"u8, "KEEP").Keys.Order());

    [Theory]
    [InlineData("utf-8", true)]
    [InlineData("iso-8859-1", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", false)]
    public void What_is_text_to_put_lines_into(string encoding, bool expected)
    {
        var bytes = Encoding.GetEncoding(encoding).GetBytes("A=\u00FC\n");
        Assert.Equal(expected, EnvFile.IsText(bytes));
        Assert.Equal(expected, EnvFile.IsText([.. Encoding.GetEncoding(encoding).GetPreamble(), .. bytes]));
    }

    [Fact]
    public void Changes_are_named_by_key()
    {
        var (added, changed, removed) = Parse("A=1\nB=1\nC=1\n").ChangesTo(Parse("B=2\nC=1\nD=1\n"));
        Assert.Equal(["D"], added);
        Assert.Equal(["B"], changed);
        Assert.Equal(["A"], removed);
    }

    [Theory]
    [InlineData(".env", true)]
    [InlineData("backend/.env", true)]
    [InlineData(".env.production", true)]
    [InlineData("deploy/prod.env", true)]
    [InlineData("environment.txt", false)]
    [InlineData("scripts/env", false)]
    public void Which_files_are_env_files(string path, bool expected) => Assert.Equal(expected, EnvFile.IsEnvFile(path));

    private static string Merged(string archived, string live) =>
        Encoding.UTF8.GetString(Parse(archived).Keeping(Parse(live), ["KEEP"]).ToBytes());

    private static EnvFile Parse(string text) => EnvFile.Parse(Encoding.UTF8.GetBytes(text));
}
