using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The change of the engine's texts into texts of the console.</summary>
public sealed class WordsTests
{
    [Theory]
    [InlineData("Use -AllowDifferentSource.", "Use --allow-different-source.")]
    [InlineData("(or pass -IntegrityKey)", "(or pass --integrity-key-env)")]
    [InlineData("Run Undo-PostryRestore -RestoreId ab12, or wait.", "Run postry undo --id ab12, or wait.")]
    [InlineData("Give it up: Remove-PostryPreviousCopy -RestoreId ab12.", "Give it up: postry previous-copies --remove --id ab12.")]
    [InlineData("'Complete-PostryRestore -Latest'", "'postry complete --latest'")]
    [InlineData("The file /srv/x-Force/my -Path.db is gone.", "The file /srv/x-Force/my -Path.db is gone.")]
    [InlineData("-WithRuntime, or Restore-PostryRuntime (-ExcludeRuntimePath, or runtime.exclude)",
        "--with-runtime, or postry restore-runtime (--exclude-runtime-path, or runtime.exclude)")]
    [InlineData("-Unknown and -1 stay", "-Unknown and -1 stay")]
    public void Cmdlets_and_parameters_become_verbs_and_options(string engine, string console) =>
        Assert.Equal(console, ConsoleWords.In(engine));

    [Fact]
    public void The_next_step_of_a_check_is_in_the_words_of_the_console()
    {
        using var text = new StringWriter();
        BackupText.Checks(text, [new Check("Restores", CheckStatus.Inconclusive, Detail: "Name a server with -ScratchUrl.")]);
        Assert.Contains("Name a server with --scratch-url.", text.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(5L << 30, "5.0 GiB")]
    public void Sizes_are_readable(long bytes, string text) => Assert.Equal(text, Units.Bytes(bytes));
}
