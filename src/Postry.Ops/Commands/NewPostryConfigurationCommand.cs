using System.Management.Automation;
using Postry.Ops.Engine.Diagnostics;

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
        var plan = Run((engine, _) => Task.FromResult(engine.PlanConfiguration(Force)));
        if (ShouldProcess(plan.Summary, plan.Summary, "Write a configuration", out var reason))
            WriteObject(Run((engine, _) => Task.FromResult(engine.WriteConfiguration(plan, Force))));
        else if (reason.HasFlag(ShouldProcessReason.WhatIf)) WriteObject(plan);
    }
}
