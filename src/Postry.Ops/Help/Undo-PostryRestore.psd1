@{
    Synopsis    = 'Puts the database and the runtime files back that were live before a restore.'
    Description = @('Shows what was written since the restore and asks. What the undo replaces is kept too. Runtime files that the restore replaced come back with the database. A restore of runtime files alone is undone in the same way. Consent works as in Restore-PostryDatabase.')
    Inputs      = 'Postry.Ops.Engine.Model.RestoreRecord'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreRecord; with -WhatIf Postry.Ops.Engine.Model.UndoPlan'
    Parameters  = @{
        InputObject = 'The restores to undo, as Restore-PostryDatabase and Get-PostryRestore emit them.'
        RestoreId   = 'The id of the restore.'
        Latest      = 'The newest restore, of the database that -Path or -DatabaseUrl names where one is given.'
        Path        = 'The SQLite database that was restored, or the repo root whose runtime files were restored alone, taken exactly as written.'
        DatabaseUrl = 'How to reach the server of a PostgreSQL database, for records hold no password; DATABASE_URL unless given. With -Latest also which database is meant. The forms are those of Backup-PostryDatabase.'
    }
    Examples    = @(
        @{ Code = 'Undo-PostryRestore -Latest -WhatIf'; Text = 'Shows what undoing the newest restore would do.' }
        @{ Code = 'Undo-PostryRestore -Latest -Path ./app.db'; Text = 'Undoes the newest restore of that database, after asking.' }
        @{ Code = 'Undo-PostryRestore -RestoreId 1ckga88v -DatabaseUrl postgresql://app@db.example.org/app'; Text = 'Undoes a restore of a PostgreSQL database, after asking.'; Server = $true }
    )
}
