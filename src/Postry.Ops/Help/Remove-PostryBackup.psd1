@{
    Synopsis    = 'Removes backups whole: the database with the runtime files that belong to it.'
    Description = @(
        'A recovery set is removed as one: the artefact of the database, its runtime archive, and both manifests. Nothing can bring it back. What a crash leaves of it is swept by the next backup.'
        'The full backup that a restore in place made first is refused for as long as that restore can be undone. Consent works as in Restore-PostryDatabase.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Operations.Removal.RemovalPlan'
    Parameters  = @{
        InputObject = 'The backups to remove, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Id          = 'The ids of the backups to remove; objects with a property Id can be piped in, such as the rows of a list that was kept.'
        BackupFile  = 'The path of the artefact or of the manifest of a backup in the backup root; for one whose manifest cannot be read, and which therefore has no id.'
        WhatIf      = 'Does nothing, says what would be removed, and returns the plan.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryBackup -Before (Get-Date).AddDays(-30) | Remove-PostryBackup -WhatIf'; Text = 'Says which backups are older than 30 days and what removing them would free.' }
        @{ Code = 'Get-PostryBackup -Label test-* | Remove-PostryBackup -Force'; Text = 'Removes the backups whose label starts with "test-" without asking.' }
    )
}
