@{
    Synopsis    = 'Removes copies that restores and undos have kept.'
    Description = @('The copy of a restore that is not settled is never removed. The runtime files that were replaced together with a database go with its copy. After its copy is gone a restore cannot be undone. Consent works as in Restore-PostryDatabase.')
    Inputs      = 'Postry.Ops.Engine.Model.PreviousCopy'
    Outputs     = 'Postry.Ops.Engine.Model.PreviousCopy'
    Parameters  = @{
        InputObject = 'The copies to remove, as Get-PostryPreviousCopy emits them.'
        OlderThan   = 'Removes every copy taken longer ago than this: a time span, for example 7.00:00:00 for seven days.'
        RestoreId   = 'Removes what this restore, and its undo, have kept. The ids are those of Get-PostryPreviousCopy and Get-PostryRestore.'
        Path        = 'Only copies of this SQLite database, or of the runtime files of this repo root, taken exactly as written.'
        DatabaseUrl = 'How to reach the server that copies lie on, for records hold no password; DATABASE_URL unless given. With -OlderThan also whose copies are meant. The forms are those of Backup-PostryDatabase.'
        WhatIf      = 'Does nothing, says what would be removed, and returns those copies.'
    }
    Examples    = @(
        @{ Code = 'Remove-PostryPreviousCopy -OlderThan 7.00:00:00'; Text = 'Removes the copies older than seven days, after asking for each.' }
        @{ Code = 'Get-PostryPreviousCopy ./app.db | Remove-PostryPreviousCopy -Force'; Text = 'Removes every copy of one database without asking.' }
    )
}
