@{
    Synopsis    = 'Removes copies that restores and undos have kept.'
    Description = @('The copy of a restore that needs your decision (status AwaitingVerdict) is never removed. The runtime files that were replaced together with a database are removed with its copy. A restore whose copy is removed cannot be undone. Consent works as in Restore-PostryDatabase.')
    Inputs      = 'Postry.Ops.Engine.Model.PreviousCopy'
    Outputs     = 'Postry.Ops.Engine.Model.PreviousCopy'
    Parameters  = @{
        InputObject = 'The copies to remove, as Get-PostryPreviousCopy emits them.'
        OlderThan   = 'Removes every copy taken longer ago than this: a duration such as 90s, 12h or 7d, or a TimeSpan. A number without a unit is refused.'
        RestoreId   = 'Removes the copies that this restore or its undo has kept. The ids are those of Get-PostryPreviousCopy and Get-PostryRestore.'
        Path        = 'Selects only copies of this SQLite database, or of the runtime files of this repo root, taken exactly as written.'
        DatabaseUrl = 'The address of the server that holds the copies, because records hold no password; by default DATABASE_URL. With -OlderThan it also names the database. The forms are those of Backup-PostryDatabase.'
        WhatIf      = 'Changes nothing, shows what would be removed, and returns those copies.'
    }
    Examples    = @(
        @{ Code = 'Remove-PostryPreviousCopy -OlderThan 7d'; Text = 'Removes the copies older than seven days, after asking for each.' }
        @{ Code = 'Get-PostryPreviousCopy ./app.db | Remove-PostryPreviousCopy -Force'; Text = 'Removes every copy of one database without asking.' }
    )
    Related     = 'Get-PostryPreviousCopy', 'Remove-PostryBackup', 'about_Postry.Ops'
}
