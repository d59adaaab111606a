@{
    Synopsis    = 'Undoes a restore: puts back the database and the runtime files that it replaced.'
    Description = @('Shows what was written since the restore and asks. The undo keeps the data that it replaces, as a restore does. Runtime files that the restore replaced come back with the database. A restore of runtime files alone is undone in the same way. Consent works as in Restore-PostryDatabase.')
    Inputs      = 'Postry.Ops.Engine.Model.RestoreRecord'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreRecord; with -WhatIf Postry.Ops.Engine.Model.UndoPlan'
    Parameters  = @{
        InputObject = 'The restores to undo, as Restore-PostryDatabase and Get-PostryRestore emit them.'
        RestoreId   = 'The id of the restore. The path of a SQLite database in this place means the newest restore of that database.'
        Latest      = 'Selects the newest restore; with -Path or -DatabaseUrl, the newest of that database.'
        Path        = 'The SQLite database that was restored, or the repo root whose runtime files were restored alone, taken exactly as written.'
        DatabaseUrl = 'The address of the server of a PostgreSQL database, because records hold no password; by default DATABASE_URL. With -Latest it also names the database. The forms are those of Backup-PostryDatabase.'
    }
    Examples    = @(
        @{ Code = 'Undo-PostryRestore -Latest -WhatIf'; Text = 'Shows what undoing the newest restore would do.' }
        @{ Code = 'Undo-PostryRestore ./app.db'; Text = 'Undoes the newest restore of that database, after asking.' }
        @{ Code = 'Undo-PostryRestore -RestoreId 1ckga88v -DatabaseUrl postgresql://app@db.example.org/app'; Text = 'Undoes a restore of a PostgreSQL database, after asking.'; Server = $true }
    )
    Related     = 'Restore-PostryDatabase', 'Get-PostryRestore', 'Get-PostryPreviousCopy', 'about_Postry.Ops_Errors'
}
