@{
    Synopsis    = 'Restores a database from a backup as one transaction.'
    Description = @(
        'Checks everything first (signature, bytes, free space, identity), compares the backup with the live data and asks. Then it unpacks and verifies beside the database and swaps in one step: at every instant the database is the old one or the new one, whole. The old one is kept, and Undo-PostryRestore puts it back.'
        'Where nobody can be asked (pwsh -NonInteractive, redirected input), -Force, -Confirm:$false or RESTORE_ALLOW_NONINTERACTIVE=1 is needed; without it the command ends with ConfirmationRequired before anything is touched.'
    )
    Inputs      = 'Postry.Ops.Engine.Catalog.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Restoring.RestoreRecord; with -WhatIf Postry.Ops.Engine.Restoring.RestorePlan'
    Parameters  = @{
        InputObject          = 'The backup to restore, as Get-PostryBackup and Backup-PostryDatabase emit it. Several are refused.'
        Path                 = 'The database to restore, taken exactly as written. It need not exist yet.'
        AllowDifferentSource = 'Restores a backup of another database, or onto a path where no database is yet.'
        AllowUnverified      = 'Restores although the signature cannot be checked because the key was lost. The record says so.'
        SkipCompare          = 'Does not compare the live database with the backup before asking.'
    }
    Examples    = @(
        @{ Code = 'Restore-PostryDatabase -Latest -Path ./app.db -WhatIf'; Text = 'Shows what a restore of the newest backup would bring back and what it would lose.' }
        @{ Code = 'Restore-PostryDatabase -Latest -Path ./app.db'; Text = 'Restores the newest backup of that database, after asking.' }
        @{ Code = 'Restore-PostryDatabase -Before (Get-Date).AddSeconds(1) -Path ./app.db -Force'; Text = 'Restores the newest backup taken before a time, without asking.' }
        @{ Code = 'Get-PostryBackup -Latest | Restore-PostryDatabase -Path ./copy.db -AllowDifferentSource -Force'; Text = 'Restores the newest backup to another place, where no database is yet.' }
    )
}
