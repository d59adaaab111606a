@{
    Synopsis    = 'Removes the locks that processes on another host left on the backup root, on restore drills and on jobs.'
    Description = @('The next command takes over the lock of a dead process of this host automatically. A process on another host cannot be checked from here: make sure that it has ended, then unlock. A restore drill that died on another host is written as Interrupted by the next backup after that. The command returns the owners of the locks, or nothing if there was no lock.')
    Inputs      = 'None'
    Outputs     = 'System.String'
    Parameters  = @{
        WhatIf  = 'Changes nothing and shows what would be done.'
        Confirm = 'Asks before anything is changed.'
    }
    Examples    = @(
        @{ Code = 'Unlock-PostryBackupRoot'; Text = 'Removes the lock of the default backup root.' }
        @{ Code = 'Unlock-PostryBackupRoot -BackupRoot ./backups -WhatIf'; Text = 'Only shows the folder that would be unlocked.' }
    )
    Related     = 'Backup-PostryDatabase', 'about_Postry.Ops_Errors'
}
