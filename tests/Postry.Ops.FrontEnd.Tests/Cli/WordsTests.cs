using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Postry.Ops.Cli.Terminal;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Formatting;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>The words of each front end for the commands and options that the engine names.</summary>
public sealed class WordsTests
{
    [Fact]
    public void The_console_has_a_verb_and_an_option_for_all_that_the_engine_names()
    {
        Assert.Equal(Names(), ConsoleWords.Table.Keys.ToHashSet());
        var root = Ops.Cli.CommandLine.Root();
        var verbs = root.Subcommands.ToDictionary(verb => verb.Name);
        foreach (var (name, word) in ConsoleWords.Table)
        {
            if (name is OptionName)
            {
                Assert.Contains(verbs.Values.Append(root), verb => verb.Options.Any(option => option.Name == word));
                continue;
            }

            var words = word.Split(' ');
            Assert.Equal("postry", words[0]);
            Assert.Contains(words[1], verbs.Keys);
            Assert.All(words.Skip(2), option => Assert.Contains(verbs[words[1]].Options, known => known.Name == option));
        }
    }

    [Fact]
    public void The_module_has_a_cmdlet_and_a_parameter_for_all_that_the_engine_names()
    {
        Assert.Equal(Names(), CmdletWords.Table.Keys.ToHashSet());
        // The words are read from the file, because the types themselves need a PowerShell.
        using var module = new PEReader(File.OpenRead(typeof(CmdletWords).Assembly.Location));
        var metadata = module.GetMetadataReader();
        var types = metadata.TypeDefinitions.Select(type => metadata.GetString(metadata.GetTypeDefinition(type).Name)).ToHashSet();
        var properties = metadata.PropertyDefinitions.Select(property =>
            metadata.GetString(metadata.GetPropertyDefinition(property).Name)).ToHashSet();
        foreach (var (name, word) in CmdletWords.Table)
        {
            var words = word.Split(' ');
            if (name is not OptionName)
                Assert.Contains($"{words[0].Replace("-", "", StringComparison.Ordinal)}Command", types);
            foreach (var parameter in words.Skip(name is OptionName ? 0 : 1))
                Assert.Contains(parameter.TrimStart('-').Split(':')[0], properties);
        }
    }

    [Fact]
    public void What_the_engine_names_reads_in_the_words_of_the_front_end()
    {
        TypedName.UseWords(ConsoleWords.Table);
        Assert.Equal("Run postry undo --id ab12, or wait.", $"Run {CommandName.UndoRestore} {OptionName.RestoreId} ab12, or wait.");
        Assert.Equal("(or pass --integrity-key-env)", $"(or pass {OptionName.IntegrityKey})");
        TypedName.UseWords(CmdletWords.Table);
        Assert.Equal("Run Undo-PostryRestore -RestoreId ab12, or wait.",
            $"Run {CommandName.UndoRestore} {OptionName.RestoreId} ab12, or wait.");
    }

    [Fact]
    public void The_next_step_of_a_check_is_in_the_words_of_the_console()
    {
        TypedName.UseWords(ConsoleWords.Table);
        using var text = new StringWriter();
        BackupText.Checks(text,
            [new Check("Restores", CheckStatus.Inconclusive, Detail: $"Name a server with {OptionName.ScratchUrl}.")]);
        Assert.Contains("Name a server with --scratch-url.", text.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(5L << 30, "5.0 GiB")]
    public void Sizes_are_readable(long bytes, string text) => Assert.Equal(text, Units.Bytes(bytes));

    private static HashSet<TypedName> Names() =>
    [
        .. from type in new[] { typeof(CommandName), typeof(OptionName) }
           from field in type.GetFields()
           select (TypedName)field.GetValue(null)!,
    ];
}
