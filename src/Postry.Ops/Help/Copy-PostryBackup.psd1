@{
    Synopsis    = 'Copies backups to another folder, reads them back, and publishes each whole.'
    Description = @(
        'The folder is a backup root of its own: Get-PostryBackup, Test-PostryBackup, Restore-PostryDatabase and all other commands work there with -BackupRoot, also on a machine that has nothing but the folder and the integrity key.'
        'A backup is copied with all that belongs to it: the database''s archive, that of the runtime files, and both manifests, byte for byte. All evidence of drills and tests goes with it, so that what is proven here is proven there. The history, the records of restores and pins belong to the folder in which they were made, and stay.'
        'Every byte is read back from the destination and compared with the signed manifest before anything can be seen there. A copy that is interrupted or killed leaves nothing that looks like a backup; the next one sweeps and goes on.'
        'A backup that is there already is read and compared, and its row says AlreadyThere. Nothing that is there is ever replaced: another backup with the same id, and a copy that has been damaged, are rows that say Failed.'
        'A damaged or changed backup is not copied. One whose signature cannot be checked, because the key is missing, is copied as it is.'
        'Without -Destination the backup goes to the destinations of postry.json ("destinations": { "nas": { "path": "/mnt/nas/backups" } }), to which every new backup is copied as well.'
        'A destination that does not answer is given up after two minutes, or after "timeout" of its entry in postry.json. Another copy or backup that writes there is waited for, up to ten minutes.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Model.BackupCopy: a row for each backup and destination; with -WhatIf Postry.Ops.Engine.Model.CopyPlan'
    Parameters  = @{
        Database    = 'With -Latest or -Before: the logical name of the database whose backup is meant.'
        InputObject = 'The backups to copy, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Destination = 'Folders, or names of destinations in postry.json; by default all destinations of postry.json. A folder is made if the one above it is there; one of postry.json must be there, so that a share which is not mounted is noticed. A folder in the backup root is refused.'
    }
    Examples    = @(
        @{ Code = 'Copy-PostryBackup -Latest -Destination ./nas'; Text = 'Copies the newest good backup, and reads it back.' }
        @{ Code = 'Get-PostryBackup -Database app | Copy-PostryBackup -Destination ./usb'; Text = 'Brings all backups of a database to a new disk; those that are there already are read and compared.' }
        @{ Code = 'Copy-PostryBackup -Latest -Destination ./nas -WhatIf'; Text = 'Shows what would be copied, and whether it is there already.' }
    )
    Related     = 'Get-PostryBackup', 'Backup-PostryDatabase', 'Test-PostryBackup', 'about_Postry.Ops'
}
