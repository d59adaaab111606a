using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.FrontEnd.Tests.Module;

namespace Postry.Ops.FrontEnd.Tests.Windows;

/// <summary>
/// The staged module in a PowerShell for Windows, a small program over its SDK: pwsh.exe itself comes in no package. The Pester suite needs
/// programs of Linux, so the main job is done here without it.
/// </summary>
[Collection(WineCollection.Name)]
public sealed class ModuleUnderWineTests(WineMachine machine)
{
    [WineFact]
    public async Task Backs_up_tests_restores_and_undoes()
    {
        var folder = await WithModuleAsync();
        var said = await RunAsync(folder);
        Assert.True(said.ExitCode == 0, said.ToString());
        var lines = said.Output.Split('\n').Where(line => line.Contains(' ')).Select(line => line.Split(' ', 2)).ToLookup(pair => pair[0],
            pair => pair[1].Trim());
        Assert.Equal("True", Assert.Single(lines["windows"]));
        Assert.StartsWith($@"Complete {folder.Windows}\backups\db\sqlite-app-", Assert.Single(lines["backup"]));
        Assert.StartsWith("Id ", Assert.Single(lines["view"]), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("Passed", Assert.Single(lines["test"]));
        Assert.Matches("^[0-9a-z]{8}$", Assert.Single(lines["completion"]));
        Assert.Contains("-Latest", Assert.Single(lines["parameter"]));
        Assert.Equal("ConfirmationRequired", Assert.Single(lines["consent"]));
        Assert.Equal("Committed", Assert.Single(lines["restore"]));
        Assert.Equal("Undone", Assert.Single(lines["undo"]));
        Assert.Equal("Committed", Assert.Single(lines["again"]));
        Assert.Equal("2", Assert.Single(lines["json"]));
        Assert.NotEqual("0", Assert.Single(lines["previous"]));
        Assert.Contains("backup", Assert.Single(lines["help"]), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("500", folder.Posts("app.db"));
        var copies = Directory.GetFiles(folder.Folder, "app.db.previous-*").Select(copy => folder.Posts(Path.GetFileName(copy)));
        Assert.All(copies, count => Assert.Equal("100", count));
    }

    [WineFact]
    public async Task Asks_before_it_restores()
    {
        var folder = await WithModuleAsync();
        File.WriteAllText(folder["ask.ps1"], """
            param([string] $Module, [string] $Folder)
            Set-Location -LiteralPath $Folder
            Import-Module $Module
            $null = Backup-PostryDatabase -Path app.db
            "first $(@(Restore-PostryDatabase -Latest -Path app.db).Count)"
            "second $((Restore-PostryDatabase -Latest -Path app.db).Status)"
            """);
        var said = await RunAsync(folder, "ask.ps1", ("ANSWERS", "No,Yes"));
        Assert.Contains("QUESTION ", said.Output);
        Assert.Contains("first 0", said.Output);
        Assert.Contains("second Committed", said.Output);
    }

    private Task<WineResult> RunAsync(WineFolder folder, string script = "Module.ps1", params (string, string)[] variables) =>
        folder.RunAsync(WineMachine.PowerShell,
            [$@"{folder.Windows}\{script}", $@"{folder.Windows}\module\Postry.Ops.psd1", folder.Windows], variables);

    private async Task<WineFolder> WithModuleAsync()
    {
        var folder = machine.NewFolder();
        folder.MakeDatabase("app.db");
        folder.MakeDatabase("damaged.db", posts: 100);
        Directory.CreateSymbolicLink(folder["module"], await StagedModule.FolderAsync());
        File.Copy(Docs.InCheckout("tests", "Postry.Ops.FrontEnd.Tests", "Windows", "Module.ps1"), folder["Module.ps1"]);
        return folder;
    }
}
