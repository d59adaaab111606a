@{
    Synopsis    = 'Takes away the lock that a process on another host left on the backup root.'
    Description = @('The lock of a dead process of this host is taken over by itself. Whether a process on another host is dead cannot be told from here: look first, then unlock. Returns what the lock said; nothing where there was none.')
    Inputs      = 'None'
    Outputs     = 'System.String'
    Parameters  = @{
        WhatIf  = 'Does nothing and says what would be done.'
        Confirm = 'Asks before anything is done.'
    }
    Examples    = @(
        @{ Code = 'Unlock-PostryBackupRoot'; Text = 'Takes the lock of the default backup root away.' }
        @{ Code = 'Unlock-PostryBackupRoot -BackupRoot ./backups -WhatIf'; Text = 'Only names the folder that would be unlocked.' }
    )
}
