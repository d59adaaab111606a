@{
    Synopsis    = 'Removes backups whole: the database with the runtime files that belong to it.'
    Description = @(
        'A recovery set is removed as a whole: the artefact of the database, its runtime archive, and both manifests. Nothing can bring it back. If a crash leaves a part, the next backup removes it.'
        'The last good backup of a database is not removed without -AllowLast, whatever else is said. The command collects what comes through the pipeline, and refuses before it removes anything.'
        'The full backup that a restore in place made first cannot be removed as long as that restore can be undone. Consent works as in Restore-PostryDatabase.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Operations.Removal.RemovalPlan'
    Parameters  = @{
        InputObject = 'The backups to remove, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Id          = 'The ids of the backups to remove; objects with a property Id can be piped in, such as the rows of a list that was kept.'
        BackupFile  = 'The path of the artefact or of the manifest of a backup in the backup root; for a backup whose manifest cannot be read, and which therefore has no id.'
        AllowLast   = 'Removes a backup even if no good backup of its database is left then. Without the switch the command ends with the error LastBackup before it removes anything.'
        WhatIf      = 'Changes nothing, shows what would be removed, and returns the plan.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryBackup -Before (Get-Date).AddDays(-30) | Remove-PostryBackup -WhatIf'; Text = 'Shows the backups older than 30 days and the space that removing them would free.' }
        @{ Code = 'Get-PostryBackup -Label test-* | Remove-PostryBackup -Force'; Text = 'Removes the backups whose label starts with "test-" without asking.' }
    )
    Related     = 'Get-PostryBackup', 'Remove-PostryPreviousCopy', 'about_Postry.Ops'
}
