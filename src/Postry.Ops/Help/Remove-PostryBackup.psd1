@{
    Synopsis    = 'Removes backups completely: the database with the runtime files that belong to it.'
    Description = @(
        'All parts of a backup are removed together: the database, the archive of its runtime files, and both manifests. A removed backup cannot be recovered. If a crash leaves a part, the next backup removes that part.'
        'The last good backup of a database is not removed without -AllowLast, not even with -Force. The command first collects everything from the pipeline; if it refuses, nothing was removed.'
        'With -Policy the command decides by rules which backups go: those of "retention" in postry.json, or, if the command gives any rule that keeps backups, only its own. A backup stays if one rule keeps it. The newest good and the newest proven backup of each database, what is younger than -MinimumAge, what a restore still needs, and what cannot be trusted stay in any case. Copies that restores and undos kept (previous copies) go once a good backup is -PreviousCopies newer, never those of a restore that awaits its verdict. The command emits a decision with its reasons for every backup and every copy; docs/retention.md has the exact rules.'
        'A pinned backup is never removed: the command ends with the error BackupPinned, which says who pinned it and why. Unpin it first with Set-PostryBackup -Pinned:$false.'
        'The full backup that a restore in place made first cannot be removed as long as that restore can be undone. Consent works as in Restore-PostryDatabase.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Operations.Removal.RemovalPlan; with -Policy Postry.Ops.Engine.Model.RetentionVerdict and Postry.Ops.Engine.Model.PreviousCopyVerdict'
    Parameters  = @{
        InputObject = 'The backups to remove, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Id          = 'The ids of the backups to remove; objects with a property Id can be piped in, for example from a saved list.'
        BackupFile  = 'The path of a backup (its file or folder) or of its manifest, in the backup root. Use this for a backup whose manifest cannot be read: such a backup has no id.'
        Policy            = 'Removes the backups that no rule keeps.'
        Database          = 'Only the backups of these databases; * and ? are wildcards.'
        KeepLast          = 'Keeps the newest so many.'
        KeepHourly        = 'Keeps the newest of each of so many hours that have any; while there are fewer, the oldest as well.'
        KeepDaily         = 'Keeps the newest of each of so many days that have any; while there are fewer, the oldest as well.'
        KeepWeekly        = 'Keeps the newest of each of so many weeks that have any; while there are fewer, the oldest as well.'
        KeepMonthly       = 'Keeps the newest of each of so many months that have any; while there are fewer, the oldest as well.'
        KeepYearly        = 'Keeps the newest of each of so many years that have any; while there are fewer, the oldest as well.'
        KeepWithin        = 'Keeps all that are at most so much older than the newest, such as 30d, and the one before them.'
        KeepWithinHourly  = 'Keeps the newest of each hour in this time before the newest backup.'
        KeepWithinDaily   = 'Keeps the newest of each day in this time before the newest backup.'
        KeepWithinWeekly  = 'Keeps the newest of each week in this time before the newest backup.'
        KeepWithinMonthly = 'Keeps the newest of each month in this time before the newest backup.'
        KeepWithinYearly  = 'Keeps the newest of each year in this time before the newest backup.'
        MinimumAge        = 'Removes none that is younger, counted from the newest good backup. By default that of postry.json, else 7d.'
        PreviousCopies    = 'Removes copies that restores and undos kept once a good backup is so much newer, such as 30d; 0s removes none. By default that of postry.json, else 14d.'
        TimeZone          = 'The time zone whose hours, days, weeks, months and years are counted, such as Europe/Berlin. By default that of postry.json, else UTC.'
        AllowLast   = 'Removes a backup even if no good backup of its database is left then. Without the switch the command ends with the error LastBackup before it removes anything.'
        WhatIf      = 'Changes nothing, shows what would be removed, and returns the plan.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryBackup -Before (Get-Date).AddDays(-30) | Remove-PostryBackup -WhatIf'; Text = 'Shows the backups older than 30 days and the space that removing them would free.' }
        @{ Code = 'Get-PostryBackup -Label test-* | Remove-PostryBackup -Force'; Text = 'Removes the backups whose label starts with "test-" without asking.' }
        @{ Code = 'Remove-PostryBackup -Policy -KeepDaily 14 -KeepWeekly 8 -KeepMonthly 12 -WhatIf'; Text = 'Shows for each backup whether these rules keep it, and why.' }
        @{ Code = 'Remove-PostryBackup -Policy -KeepLast 30 -Database app -Force'; Text = 'Keeps the newest 30 backups of one database, and whatever is younger than seven days.' }
    )
    Related     = 'Get-PostryBackup', 'Set-PostryBackup', 'Remove-PostryPreviousCopy', 'about_Postry.Ops'
}
