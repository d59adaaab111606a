@{
    Synopsis    = 'Adds a signed note to the evidence of a restore drill or of a test of a backup.'
    Description = @(
        'A note is a file of its own beside the evidence, signed with the same keys. It names the SHA-256 of the evidence and of the note before it, and nothing is rewritten.'
        'Evidence that was changed after it was signed gets no note.'
    )
    Inputs      = 'System.String'
    Outputs     = 'Postry.Ops.Engine.Model.DrillNote'
    Parameters  = @{
        DrillId = 'The id of the drill or test.'
        Note    = 'The text: a corrective action, a finding, who has seen it.'
    }
    Examples    = @(
        @{ Code = "Backup-PostryDatabase ./app.db | Test-PostryBackup -Level Restore | Add-PostryRestoreDrillNote -Note 'Seen by Ada.'"; Text = 'Backs a database up, tests the backup by a restore, and adds a note to the evidence.' }
    )
    Related     = 'Get-PostryRestoreDrill', 'Test-PostryRestoreDrill', 'about_Postry.Ops'
}
