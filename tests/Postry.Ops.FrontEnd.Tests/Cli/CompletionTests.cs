using Postry.Ops.FrontEnd.Tests.Module;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.FrontEnd.Tests.Cli;

/// <summary>Completion of arguments, through the scripts of `postry completion` in real shells.</summary>
public sealed class CompletionTests : IDisposable
{
    // Does what readline does before it calls a completion: splits the line, and asks for the last word.
    private const string BashDriver = """
        eval "$(postry completion bash)"
        complete -p postry >/dev/null || exit 9
        complete_line() {
            COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
            read -r -a COMP_WORDS <<<"${1//[:=]/ & }"
            [[ $1 == *' ' ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _postry postry "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}"
        }
        complete_line "$1"
        """;

    private readonly Sandbox _sandbox = new();

    public CompletionTests()
    {
        // The program that an operator has on the PATH.
        var program = _sandbox.Path("postry");
        File.WriteAllText(program, $"#!/bin/sh\nexec '{ChildPrograms.Postry}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Bash_completes_verbs_options_and_what_the_backup_root_holds()
    {
        var database = _sandbox.MakeDatabase();
        var first = Text(await _sandbox.BackUpAsync(database, "--label", "before deploy"), "id");
        var second = Text(await _sandbox.BackUpAsync(database, "--database", "shop", "--label", "a:b"), "id");
        var restore = Text(await _sandbox.JsonAsync(0, "restore", "--id", first, "--path", database, "--force"), "restoreId");

        Assert.Equal(["remove", "restore", "restore-runtime", "restores"], (await BashAsync("postry re")).Order());
        Assert.Equal(["--allow-different-source", "--allow-replication-break", "--allow-unverified"], (await BashAsync("postry restore --latest --allow")).Order());
        Assert.Equal(["Artefact"], await BashAsync("postry test --level A"));
        Assert.Equal(new[] { first, second }.Order(), (await BashAsync("postry restore --path app.db --id ")).Order());
        Assert.Equal([first], await BashAsync("postry restore --database app --id "));
        Assert.Equal([first], await BashAsync($"postry list --id {first[..3]}"));
        Assert.Equal([first], await BashAsync($"postry list --id={first[..3]}"));
        Assert.Equal(["app", "shop"], (await BashAsync("postry compare --latest --database ")).Order());
        Assert.Equal(["before\\ deploy"], await BashAsync("postry list --label be"));
        Assert.Equal(["b"], await BashAsync("postry list --label a:"));
        Assert.Equal([restore], await BashAsync("postry undo --id "));
        await _sandbox.BackUpAsync(database, "--tag", "version=v2.14", "--tag", "site=berlin");
        Assert.Equal(["site=berlin", "version=v2.14"], (await BashAsync("postry list --tag ")).Order());
        Assert.Equal(["version=v2.14"], await BashAsync("postry list --before-tag ve"));
        Assert.Equal(["v2.14"], await BashAsync("postry backup --tag version=v"));
        File.WriteAllText(_sandbox.Path("postry.json"),
            """{ "smoke": { "http": [{ "name": "health", "url": "http://127.0.0.1:9/" }], "sql": [{ "name": "counts", "query": "SELECT 1" }] } }""");
        Assert.Equal(["counts", "health"], (await BashAsync("postry restore --smoke ")).Order());
        Assert.Equal(["counts"], await BashAsync("postry restore --pre-swap-smoke "));
        File.WriteAllText(_sandbox.Path("postry.json"), """{ "destinations": { "nas": { "path": "nas" }, "usb": { "path": "usb" } } }""");
        Assert.Equal(["nas", "usb"], (await BashAsync("postry copy --all --to ")).Order());
        Assert.Empty(await BashAsync("postry list --backup-root ./nowhere --id "));
        Assert.Empty(await BashAsync("postry list --before "));
    }

    [Fact]
    public async Task No_label_runs_as_a_command_and_no_password_becomes_an_argument()
    {
        var database = _sandbox.MakeDatabase();
        await _sandbox.BackUpAsync(database, "--label", "$(touch hacked); `touch hacked`");
        Assert.Equal([@"\$\(touch\ hacked\)\;\ \`touch\ hacked\`"], await BashAsync("postry list --label "));
        Assert.Empty(await BashAsync("postry list --label \"$"));
        Assert.False(File.Exists(_sandbox.Path("hacked")));

        File.WriteAllText(_sandbox.Path("postry"), File.ReadAllText(_sandbox.Path("postry")).Replace("exec", "echo \"$@\" >>said\nexec",
            StringComparison.Ordinal));
        await BashAsync("postry backup --database-url postgresql://app:hunter2@db/app --l");
        Assert.DoesNotContain("hunter2", File.ReadAllText(_sandbox.Path("said")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_configuration_disturbs_no_prompt()
    {
        File.WriteAllText(_sandbox.Path("postry.json"), "{ \"databases\": 7 ");
        Assert.Empty(await BashAsync("postry list --id "));
        Assert.Equal(["restores"], await BashAsync("postry restores"));
    }

    [Fact]
    public async Task PowerShell_completes_the_same()
    {
        var database = _sandbox.MakeDatabase();
        var first = Text(await _sandbox.BackUpAsync(database, "--label", "it's one"), "id");
        await File.WriteAllTextAsync(_sandbox.Path("complete.ps1"), """
            param($Folder)
            $env:PATH = "${Folder}:$env:PATH"
            $env:BACKUP_METADATA_HMAC_KEY = 'a key that only the tests know, 0123456789'
            Set-Location $Folder
            postry completion pwsh | Out-String | Invoke-Expression
            foreach ($line in 'postry list --id ', 'postry list --label ', 'postry restore-r', 'postry restore --database-url postgresql://a:hunter2@h/a --lat') {
                "$((TabExpansion2 $line $line.Length).CompletionMatches.CompletionText)|"
            }
            """);
        var shell = PowerShellHost.Find(Docs.InCheckout());
        var (exitCode, output) = await shell.RunAsync(["-File", _sandbox.Path("complete.ps1"), _sandbox.Folder], TimeSpan.FromMinutes(1));
        Assert.True(exitCode == 0, output);
        Assert.Equal([first, "'it''s one'", "restore-runtime", ""], output.Trim().Split('\n').Select(line => line.Trim().TrimEnd('|')));
    }

    [RequiresFact("zsh")]
    public async Task Zsh_reads_its_script()
    {
        using var zsh = PostryProcess.StartOther("zsh", _sandbox.Folder,
            ["-c", "autoload -U compinit && compinit -u -d ./dump && eval \"$(./postry completion zsh)\" && print ${_comps[postry]}"]);
        var result = await zsh.EndAsync();
        Assert.Equal("_postry", result.Output.Trim());
    }

    [Theory]
    [InlineData("fish")]
    [InlineData("")]
    public async Task Another_shell_is_a_usage_error(string shell) =>
        Assert.Equal(2, (await _sandbox.RunAsync(shell == "" ? ["completion"] : ["completion", shell])).ExitCode);

    private async Task<string[]> BashAsync(string line)
    {
        using var bash = PostryProcess.StartOther("bash", _sandbox.Folder, ["-c", BashDriver, "bash", line],
            ("BACKUP_METADATA_HMAC_KEY", Sandbox.Key), ("PATH", $"{_sandbox.Folder}:{Environment.GetEnvironmentVariable("PATH")}"));
        var result = await bash.EndAsync();
        Assert.Equal("", result.Errors);
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Text(System.Text.Json.JsonElement item, string name) => item.GetProperty(name).GetString()!;
}
