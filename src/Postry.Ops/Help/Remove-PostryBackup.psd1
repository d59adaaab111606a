@{
    Synopsis    = 'Removes backups completely: the database with the runtime files that belong to it.'
    Description = @(
        'All parts of a backup are removed together: the database, the archive of its runtime files, and both manifests. A removed backup cannot be recovered. If a crash leaves a part, the next backup removes that part.'
        'The last good backup of a database is not removed without -AllowLast, not even with -Force. The command first collects everything from the pipeline; if it refuses, nothing was removed.'
        'The full backup that a restore in place made first cannot be removed as long as that restore can be undone. Consent works as in Restore-PostryDatabase.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Operations.Removal.RemovalPlan'
    Parameters  = @{
        InputObject = 'The backups to remove, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Id          = 'The ids of the backups to remove; objects with a property Id can be piped in, for example from a saved list.'
        BackupFile  = 'The path of a backup (its file or folder) or of its manifest, in the backup root. Use this for a backup whose manifest cannot be read: such a backup has no id.'
        AllowLast   = 'Removes a backup even if no good backup of its database is left then. Without the switch the command ends with the error LastBackup before it removes anything.'
        WhatIf      = 'Changes nothing, shows what would be removed, and returns the plan.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryBackup -Before (Get-Date).AddDays(-30) | Remove-PostryBackup -WhatIf'; Text = 'Shows the backups older than 30 days and the space that removing them would free.' }
        @{ Code = 'Get-PostryBackup -Label test-* | Remove-PostryBackup -Force'; Text = 'Removes the backups whose label starts with "test-" without asking.' }
    )
    Related     = 'Get-PostryBackup', 'Remove-PostryPreviousCopy', 'about_Postry.Ops'
}
