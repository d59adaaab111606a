@{
    Synopsis    = 'Pins backups, so that nothing removes them, or unpins them.'
    Description = @(
        'No retention policy removes a pinned backup, and Remove-PostryBackup refuses to (BackupPinned), with -Force as well: unpin it first. A pinned backup takes no place of the rules, so that it pushes no other backup out.'
        'A pin with -Until ends by itself: a policy may remove the backup once that time has passed by the clock and a good backup of the database was made after it. A clock that is wrong ends no pin. A new pin takes the place of the old one.'
        'The pin is a signed file beside the backup (*.pin.json). A pin that was changed, or that no key here can check, keeps the backup without an end, and lists and policies say so; -Pinned:$false removes it. A pin belongs to one backup root: a copy of the backup elsewhere is pinned there.'
        'Pinning takes no lock, so it works while a backup is being made. It also works for backups that are damaged or were made by the old scripts, and with -BackupFile for one that cannot be read. Runtime files that belong to a database are pinned with its backup.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Model.BackupSet'
    Parameters  = @{
        InputObject = 'The backups, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Id          = 'The ids of the backups; objects with a property Id can be piped in.'
        BackupFile  = 'The path of a backup (its file or folder) or of its manifest, in the backup root. Use this for a backup whose manifest cannot be read: such a backup has no id.'
        Pinned      = 'Pins the backups. -Pinned:$false removes their pins.'
        Until       = 'The end of the pin, which must lie in the future. A time without a zone is local; -Verbose shows it in UTC. By default the pin has no end.'
        Note        = 'Why the backups are kept, in one line, for those who find them later.'
        WhatIf      = 'Changes nothing, and shows what would be done.'
        Confirm     = 'Asks before anything is changed.'
    }
    Examples    = @(
        @{ Code = "Get-PostryBackup -Latest | Set-PostryBackup -Pinned -Note 'before the migration'"; Text = 'Pins the newest good backup without an end.' }
        @{ Code = 'Backup-PostryDatabase ./app.db | Set-PostryBackup -Pinned -Until (Get-Date).AddYears(1)'; Text = 'Makes a backup and keeps it for a year.' }
        @{ Code = 'Get-PostryBackup -Label before-* | Set-PostryBackup -Pinned:$false'; Text = 'Removes the pins of some backups.' }
        @{ Code = 'Get-PostryBackup | Where-Object Pinned | Format-Table Id, Database, PinnedUntil, PinNote, PinnedBy'; Text = 'Lists the pinned backups.' }
    )
    Related     = 'Get-PostryBackup', 'Remove-PostryBackup', 'about_Postry.Ops'
}
