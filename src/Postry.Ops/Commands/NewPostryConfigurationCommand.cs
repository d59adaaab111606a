using System.Management.Automation;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Operations.Scaffolding;

namespace Postry.Ops.Commands;

/// <summary>Writes a first postry.json, made of what is in the folder.</summary>
[Cmdlet(VerbsCommon.New, "PostryConfiguration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType("Postry.Ops.Engine.Operations.Scaffolding.StarterConfiguration")]
public sealed class NewPostryConfigurationCommand : OpsCommand
{
    private const string FileName = "postry.json";

    /// <summary>The folder that gets the file, or the file in it; the same as -RepoRoot.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Replace a file that is there already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A file that gets a new integrity key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewKeyFile { get; set; }

    private protected override bool ReadsConfiguration => false;

    private protected override string? GivenRepoRoot
    {
        get
        {
            if (Path is null) return base.GivenRepoRoot;
            if (RepoRoot is not null)
                throw new InvalidRequestException(FileName, "-Path and -RepoRoot both name the folder.",
                    "Give one of them.");
            var full = FullPath(Path);
            return System.IO.Path.GetFileName(full).Equals(FileName, StringComparison.OrdinalIgnoreCase)
                ? System.IO.Path.GetDirectoryName(full) : full;
        }
    }

    private protected override void Process()
    {
        var plan = Plan(NewKeyFile is null ? null : FullPath(NewKeyFile));
        if (NewKeyFile is null && MayOffer(plan) && OfferedKeyFile() is { } file && IsWanted(file)) plan = Plan(file);
        if (ShouldProcess(plan.Summary, plan.Summary, "Write a configuration", out var reason))
            WriteObject(Run((engine, _) => Task.FromResult(engine.WriteConfiguration(plan, Force))));
        else if (reason.HasFlag(ShouldProcessReason.WhatIf)) WriteObject(plan);
    }

    private StarterConfiguration Plan(string? keyFile) =>
        Run((engine, _) => Task.FromResult(engine.PlanConfiguration(Force, keyFile)));

    // A note without a file says that there is no key.
    private bool MayOffer(StarterConfiguration plan) =>
        plan is { KeyFile: null, KeyNote: not null } && Consent.CanAsk(this) && !new Consent(this, Force).IsWhatIf;

    /// <summary>The path of the key file that is offered: in the user's folder, named after the repo root; null where it exists.</summary>
    private string? OfferedKeyFile()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var path = System.IO.Path.Combine(home, $"postry-{System.IO.Path.GetFileName(Settings.RepoRoot)}.key");
        return Directory.Exists(home) && !File.Exists(path) ? path : null;
    }

    private bool IsWanted(string file) => Host.UI.PromptForChoice("Integrity key",
        $"No integrity key is set, and a backup needs one. Make a key file, which only you can read, at {file}?",
        [new("&Yes", "Make the file."), new("&No", "Make no key.")], 1) == 0;
}
